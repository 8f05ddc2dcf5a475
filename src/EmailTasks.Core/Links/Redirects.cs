using System.Text.RegularExpressions;

namespace EmailTasks.Core.Links;

/// <summary>Addresses whose end somebody else decides, also after a person has said yes.</summary>
public static class Redirects
{
    private static readonly HashSet<string> Shorteners = new(StringComparer.Ordinal)
    {
        "bit.ly", "bitly.com", "t.co", "tinyurl.com", "goo.gl", "ow.ly", "is.gd", "v.gd", "buff.ly", "cutt.ly", "rebrand.ly", "shorturl.at", "t.ly", "lnkd.in", "rb.gy", "s.id", "tiny.cc", "bl.ink", "soo.gd",
        "dlvr.it", "trib.al", "amzn.to", "fb.me", "wp.me", "qrco.de", "linktr.ee", "shorte.st", "adf.ly", "t.me", "u.to", "x.co", "db.tt", "git.io", "clck.ru", "vk.cc", "dwz.cn", "url.cn", "t.cn", "suo.im", "reurl.cc", "lihi.cc", "hyperurl.co", "short.io", "snip.ly", "smarturl.it",
    };

    private static readonly Regex Onward = new(@"[?&/=](?:https?(?::|%3a)(?:/|%2f){1,2}|(?:%2f){2}|//)[^&\s]", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    /// <summary>Whether a host only leads on.</summary>
    public static bool IsShortener(string host) => Shorteners.Contains(host.StartsWith("www.", StringComparison.Ordinal) ? host[4..] : host);

    /// <summary>Whether an address carries another one to lead on to.</summary>
    public static bool LeadsOn(WebAddress address) => address.Mailbox is null && Onward.IsMatch(address.Path);
}

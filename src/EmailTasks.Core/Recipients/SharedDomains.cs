namespace EmailTasks.Core.Recipients;

/// <summary>Whether answers to an address stay with who owns the mailbox: its domain is theirs, unless everybody has an address there.</summary>
public static class SharedDomains
{
    private static readonly HashSet<string> Everybodys = new(StringComparer.Ordinal)
    {
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "ymail.com", "icloud.com", "me.com", "mac.com", "aol.com", "gmx.net", "gmx.de", "gmx.com", "web.de", "t-online.de",
        "proton.me", "protonmail.com", "pm.me", "zoho.com", "mail.com", "fastmail.com", "yandex.ru", "yandex.com", "mail.ru", "qq.com", "foxmail.com", "163.com", "126.com", "sina.com", "naver.com", "daum.net", "orange.fr", "free.fr", "libero.it", "wp.pl", "seznam.cz",
    };

    /// <summary>Whether an address is at home where a mailbox is.</summary>
    /// <param name="mailbox">The mailbox's address key.</param>
    public static bool IsAtHome(string mailbox, string address)
    {
        if (EmailAddress.TryParse(address, out _) is not { } other) return false;
        var domain = mailbox[(mailbox.LastIndexOf('@') + 1)..];
        return Everybodys.Contains(domain) ? PersonKey.Of(other.Key) == PersonKey.Of(mailbox) : other.Domain == domain;
    }
}

using System.Text;

namespace EmailTasks.Server.Tests.Inbound;

/// <summary>Messages made to be expensive: each as large as told, and from our own address where that makes them dearer.</summary>
internal static class Poison
{
    private const string Signature = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=brand.example; s=s1; h=from:to:subject; bh=AAAA; b=AAAA";

    /// <summary>What stands in front: a mail of ours that would have to be checked for the signature of its List headers.</summary>
    private const string Own = "From: Mia <mia@brand.example>\r\nTo: mia@brand.example\r\nSubject: Hi\r\nList-Unsubscribe: <https://mail.brand.example/u/x>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";

    private const string Text = "Content-Type: text/plain\r\n\r\n";

    /// <summary>Name, what stands in front, what is repeated.</summary>
    private static readonly (string Name, string Head, string Repeated)[] Kinds =
    [
        ("one header", Own + Signature + "\r\nX-A: ", "b"),
        ("one header of many lines", Own + Signature + "\r\nX-A: b\r\n", " cccccccccccccccccccccc\r\n"),
        ("100,000 headers", Own + Signature + "\r\n", "X-Some-Header: and a value of it, as long as many are, so that they make ten MB together, and more\r\n"),
        ("short headers", Own + Signature + "\r\n", "A:b\r\n"),
        ("nested multiparts", Own + Signature + "\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"),
        ("multiparts of other boundaries", Own + Signature + "\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\nContent-Type: multipart/alternative; boundary=\"bb\"\r\n\r\n--bb\r\n\r\nx\r\n"),
        ("nested messages", Own + Signature + "\r\nContent-Type: message/rfc822\r\n\r\n", "Subject: a\r\nContent-Type: message/rfc822\r\n\r\n"),
        ("a million signature tags", Own + Signature, "; x=abcdef"),
        ("many signatures", Own, Signature + "\r\n"),
        ("a signed long body", Own + Signature + "\r\n" + Text, "a line of a body that is signed  \t and canonicalised\r\n"),
        ("a signed body of blank lines", Own + Signature + "\r\n" + Text, "\r\n"),
        ("one giant address list", Own + Signature + "\r\nCc: ", "a@b.example, "),
        ("many address lists", Own + Signature + "\r\n", "Cc: a@b.example, c@d.example, e@f.example, g@h.example, \"i j\" <k@l.example>\r\n"),
        ("groups and comments", Own + Signature + "\r\nCc: ", "g:(a(b(c"),
        ("base64 nonsense", "From: r0@d0.example\r\nTo: mia@brand.example\r\nSubject: x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", "PHA+====!!!!PGRpdj4\u007f/+\r\n"),
        ("quoted-printable nonsense", "From: r0@d0.example\r\nContent-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", "=A=ZZ=3D=\r\n=FF=FE"),
        ("uuencoded nonsense", "From: r0@d0.example\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\r\n", "M````````````````````````````````````````````````````````````\r\n"),
        ("encoded words", Own + Signature + "\r\nX-Words: ", "=?utf-8?q?=C3=BC?= =?gb2312?b?xOO6ww==?= "),
        ("encoded words in many headers", "From: r0@d0.example\r\n", "Subject: =?iso-2022-jp?B?GyRCJUYlOSVIGyhC?= =?utf-7?Q?+AGEAYg-?=\r\n"),
        ("encoded words in an address", "To: mia@brand.example\r\nFrom: ", "=?utf-8?q?a?= "),
        ("ids", Own + Signature + "\r\nReferences: ", "<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b.example> "),
        ("tags", "From: r0@d0.example\r\nContent-Type: text/html\r\n\r\n", "<div style=\"display:none;color:#fff\"><table><tr><td><b>x"),
        ("styles", "From: r0@d0.example\r\nContent-Type: text/html\r\n\r\n<style>", ".a,.b #c{display:none}"),
        ("one style", "From: r0@d0.example\r\nContent-Type: text/html\r\n\r\n<p style=\"", "color:red;font-size:1px;"),
        ("authentication results", "From: r0@d0.example\r\n", "Authentication-Results: mx.brand.example; dmarc=pass (a(b(c)))header.from=d0.example; dkim=fail\r\n"),
        ("one authentication result", "From: r0@d0.example\r\nAuthentication-Results: mx.brand.example", "; dkim=pass (x) header.d=\"d0\\\"example\""),
        ("report fields", "From: MAILER-DAEMON@mx.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n", "Final-Recipient: rfc822; r0@d0.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"),
        ("zeros", "From: r0@d0.example\r\n\r\n", "\0"),
        ("no header at all", "", "\r\n"),
        ("attachment parameters", "From: r0@d0.example\r\nContent-Type: application/x; ", "name*0*=utf-8''%41;\r\n name*1=\"b\"; "),
    ];

    /// <summary>The names of the kinds.</summary>
    public static IEnumerable<string> Names => Kinds.Select(k => k.Name);

    /// <summary>A message of this kind and size.</summary>
    public static byte[] Of(string name, int bytes)
    {
        var (_, head, repeated) = Kinds.Single(k => k.Name == name);
        var raw = new byte[bytes];
        var at = Encoding.Latin1.GetBytes(head, raw);
        var unit = Encoding.Latin1.GetBytes(repeated);
        for (; at + unit.Length <= raw.Length; at += unit.Length) unit.CopyTo(raw, at);
        return raw[..at];
    }
}

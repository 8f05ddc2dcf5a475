using System.Text;

namespace EmailTasks.Server.Inbound;

/// <summary>From bytes to text when labels lie: what is well-formed UTF-8 is UTF-8, else the label, else a guess. Never throws.</summary>
internal static class Charsets
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Labels under which more is sent than they allow; the right-hand sides contain them.</summary>
    private static readonly Dictionary<string, string> Wider = new(StringComparer.OrdinalIgnoreCase)
    {
        ["gb2312"] = "gb18030", ["gbk"] = "gb18030", ["x-gbk"] = "gb18030", ["cp936"] = "gb18030", ["hz-gb-2312"] = "gb18030",
        ["iso-8859-1"] = "windows-1252", ["latin1"] = "windows-1252", ["cp1252"] = "windows-1252", ["cp1251"] = "windows-1251",
        ["ks_c_5601-1987"] = "euc-kr", ["x-sjis"] = "shift_jis", ["cp932"] = "shift_jis", ["iso-8859-8-i"] = "windows-1255", ["cp-850"] = "ibm850",
    };

    /// <summary>The text of the bytes.</summary>
    /// <param name="bytes">May end within a character.</param>
    /// <param name="label">The charset named by the sender; null without one.</param>
    public static string Decode(ReadOnlySpan<byte> bytes, string? label)
    {
        if (!bytes.ContainsAnyInRange((byte)0x80, (byte)0xff))
        {
            // 7 bits: only ISO 2022 hides letters there, marked by escapes, and often without a label.
            if (bytes.IndexOf("\u001b$"u8) >= 0 && Named(label is not null && label.StartsWith("iso-2022", StringComparison.OrdinalIgnoreCase) ? label : "iso-2022-jp") is { } escaped) return escaped.GetString(bytes);
            return Wide(label) is { } wide ? wide.GetString(bytes) : Encoding.ASCII.GetString(bytes);
        }
        if (Strict(bytes) is { } text) return text;
        if (Trusted(label) && Named(label!) is { } named) return named.GetString(bytes);
        return LooksChinese(bytes) && Named("gb18030") is { } chinese ? chinese.GetString(bytes) : Named("windows-1252")!.GetString(bytes);
    }

    private static bool Trusted(string? label) =>
        label is not null && !label.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !label.Equals("us-ascii", StringComparison.OrdinalIgnoreCase) && !label.StartsWith("iso-2022", StringComparison.OrdinalIgnoreCase);

    // UTF-16 and UTF-32 have ASCII bytes and zeros.
    private static Encoding? Wide(string? label) => label is not null && (label.StartsWith("utf-16", StringComparison.OrdinalIgnoreCase) || label.StartsWith("utf-32", StringComparison.OrdinalIgnoreCase)) ? Named(label) : null;

    private static string? Strict(ReadOnlySpan<byte> bytes)
    {
        try
        {
            // The last character may be cut off by our own cap: up to three bytes of it.
            var end = bytes.Length;
            for (var back = 1; back <= 3 && back <= bytes.Length; back++)
            {
                var b = bytes[^back];
                if (b < 0x80) break;
                if (b < 0xc0) continue;
                if ((b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2) > back) end = bytes.Length - back;
                break;
            }
            return Utf8.GetString(bytes[..end]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static Encoding? Named(string label)
    {
        var name = label.Trim().Trim('"', '\'');
        name = Wider.GetValueOrDefault(name, name);
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException) // unknown, or UTF-7
        {
            return null;
        }
    }

    // Pairs of GB2312: both bytes high, nearly always. Western letters stand alone between ASCII.
    private static bool LooksChinese(ReadOnlySpan<byte> bytes)
    {
        int pairs = 0, alone = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] < 0x80) continue;
            if (bytes[i] >= 0xa1 && i + 1 < bytes.Length && bytes[i + 1] >= 0xa1)
            {
                pairs++;
                i++;
            }
            else alone++;
        }
        return pairs > 1 && pairs > alone * 8;
    }
}

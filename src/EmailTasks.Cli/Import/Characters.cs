using System.Text;
using System.Text.Unicode;

namespace EmailTasks.Cli.Import;

/// <summary>Bytes to text: UTF-8, UTF-16 in both orders, or Windows-1252, which is what Excel writes on many machines.</summary>
internal static class Characters
{
    /// <summary>Bytes looked at to tell UTF-16 without a byte order mark.</summary>
    private const int Looked = 1000;

    /// <summary>0x80 to 0x9F of Windows-1252; the rest is Latin-1. U+FFFD where it has no character.</summary>
    private const string HighControls = "\u20AC\uFFFD\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\uFFFD\u017D\uFFFD\uFFFD\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\uFFFD\u017E\u0178";

    /// <summary>Decodes a file whose UTF-8 byte order mark has been taken off.</summary>
    public static string Decode(byte[] bytes, out string encoding)
    {
        if (Utf16(bytes) is { } bigEndian)
        {
            encoding = bigEndian ? "utf-16be" : "utf-16le";
            try
            {
                var text = new UnicodeEncoding(bigEndian, byteOrderMark: false, throwOnInvalidBytes: true).GetString(bytes);
                return text.StartsWith('\uFEFF') ? text[1..] : text;
            }
            catch (ArgumentException)
            {
                throw Undecodable("UTF-16");
            }
        }
        if (Utf8.IsValid(bytes))
        {
            encoding = "utf-8";
            return Encoding.UTF8.GetString(bytes);
        }
        encoding = "windows-1252";
        var chars = new char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            chars[i] = bytes[i] is >= 0x80 and <= 0x9F ? HighControls[bytes[i] - 0x80] : (char)bytes[i];
            if (chars[i] == '\uFFFD') throw Undecodable("UTF-8, UTF-16 or Windows-1252");
        }
        return new string(chars);
    }

    /// <summary>Whether it is UTF-16 with the high byte first, or with the low byte first; null when it is not UTF-16.</summary>
    private static bool? Utf16(byte[] bytes)
    {
        if (bytes is [0xFF, 0xFE, ..]) return false;
        if (bytes is [0xFE, 0xFF, ..]) return true;
        int even = 0, odd = 0, seen = Math.Min(bytes.Length, Looked);
        for (var i = 0; i < seen; i++)
        {
            if (bytes[i] != 0) continue;
            if (i % 2 == 0) even++;
            else odd++;
        }
        // Header names are mostly ASCII: every second byte is zero.
        if (odd > seen / 4 && even == 0) return false;
        return even > seen / 4 && odd == 0 ? true : null;
    }

    private static SheetException Undecodable(string tried) =>
        new("invalid_text", $"The file's characters are not valid {tried}.", "Save it as CSV in UTF-8.");
}

using System.Text;
using System.Text.RegularExpressions;

namespace EmailTasks.Server.Inbound;

/// <summary>
/// Header text with encoded words (RFC 2047). Done here because the labels lie there as they do in bodies, and because
/// many senders cut a character in two between words: words of one charset side by side are joined as bytes first.
/// </summary>
internal static class EncodedWords
{
    private static readonly Regex Word = new(@"=\?(?<charset>[^?\s]{1,40})\?(?<how>[BbQq])\?(?<text>[^?\r\n]*)\?=", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    /// <summary>The text of a raw header value; never throws.</summary>
    public static string Decode(ReadOnlySpan<byte> raw)
    {
        if (raw.IndexOf("=?"u8) < 0) return Charsets.Decode(raw, null);
        // Bytes as characters, so that raw ones between the words can be decoded too.
        var value = Encoding.Latin1.GetString(raw);
        var text = new StringBuilder(value.Length);
        var bytes = new MemoryStream();
        string? charset = null;
        var at = 0;
        foreach (Match word in Word.Matches(value))
        {
            var between = value[at..word.Index];
            var named = word.Groups["charset"].Value.Split('*')[0]; // RFC 2231 §5: charset*language
            if (charset is not null && (!string.IsNullOrWhiteSpace(between) || !named.Equals(charset, StringComparison.OrdinalIgnoreCase))) Flush();
            if (!string.IsNullOrWhiteSpace(between) || at == 0) text.Append(Charsets.Decode(Encoding.Latin1.GetBytes(between), null));
            charset = named;
            bytes.Write(word.Groups["how"].Value is "B" or "b" ? Base64(word.Groups["text"].Value) : Quoted(word.Groups["text"].Value));
            at = word.Index + word.Length;
        }
        Flush();
        return text.Append(Charsets.Decode(Encoding.Latin1.GetBytes(value[at..]), null)).ToString();

        void Flush()
        {
            text.Append(Charsets.Decode(bytes.ToArray(), charset));
            bytes.SetLength(0);
        }
    }

    // Padding is often forgotten or stands in the middle.
    private static byte[] Base64(string text)
    {
        var letters = new string([.. text.Where(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/')]);
        if (letters.Length % 4 == 1) letters = letters[..^1];
        return Convert.FromBase64String(letters.PadRight((letters.Length + 3) / 4 * 4, '='));
    }

    private static byte[] Quoted(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '=' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes.Add((byte)((char.IsAsciiLetter(text[i + 1]) ? (text[i + 1] | 0x20) - 'a' + 10 : text[i + 1] - '0') << 4 | (char.IsAsciiLetter(text[i + 2]) ? (text[i + 2] | 0x20) - 'a' + 10 : text[i + 2] - '0')));
                i += 2;
            }
            else bytes.Add(text[i] == '_' ? (byte)' ' : (byte)text[i]);
        }
        return [.. bytes];
    }
}

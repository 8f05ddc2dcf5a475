using System.Buffers;
using System.Text;

namespace EmailTasks.Server.Message;

/// <summary>
/// Writes header values: ASCII as it is and folded at spaces, everything else as RFC 2047 encoded words. Lines stay
/// within 78 characters (76 with encoded words) and no value can start a header of its own.
/// </summary>
internal static class HeaderText
{
    private const int MaxLine = 78;
    private const int MaxEncodedLine = 76;
    private const int MaxPlainName = 60;
    private const string WordOpen = "=?utf-8?B?";
    private const string WordClose = "?=";

    /// <summary>C0, DEL, C1 and the Unicode line separators: nothing a header field may carry.</summary>
    public static SearchValues<char> Control { get; } = SearchValues.Create(
        string.Concat(Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7f, 0x21)).Select(c => (char)c)) + "\u2028\u2029");

    private static readonly SearchValues<char> AddressBreaking = SearchValues.Create(
        string.Concat(Enumerable.Range(0, 0x21).Concat(Enumerable.Range(0x7f, 0x22)).Select(c => (char)c)) + "<>,;\u2028\u2029");

    private static readonly SearchValues<char> Printable = SearchValues.Create(string.Concat(Enumerable.Range(0x20, 0x5f).Select(c => (char)c)));

    private static readonly SearchValues<char> Phrase = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~ ");

    /// <summary>Whether an address could end its header field or its angle brackets.</summary>
    public static bool BreaksAddress(string address) => address.Length == 0 || address.AsSpan().ContainsAny(AddressBreaking);

    /// <summary>Unstructured text behind <c>Name: </c>, with its line end.</summary>
    public static byte[] Unstructured(string header, string text)
    {
        var to = new StringBuilder(text.Length + 32).Append(' ');
        if (!IsPlain(text) || !Fold(to, header.Length + 1, text))
        {
            to.Length = 1;
            EncodedWords(to, header.Length + 2, text);
        }
        return Encoding.UTF8.GetBytes(to.Append("\r\n").ToString());
    }

    /// <summary>One address with an optional name behind <c>Name: </c>, with its line end.</summary>
    public static byte[] Mailbox(string header, string? name, string address)
    {
        var to = new StringBuilder(96).Append(' ');
        var column = header.Length + 2;
        if (string.IsNullOrWhiteSpace(name)) to.Append(address);
        else
        {
            column = Name(to, column, name.Trim());
            to.Append(column + address.Length + 3 > MaxLine ? "\r\n <" : " <").Append(address).Append('>');
        }
        return Encoding.UTF8.GetBytes(to.Append("\r\n").ToString());
    }

    /// <summary>Something that must not be broken, on a line of its own when it is long.</summary>
    public static byte[] Unbroken(string header, string value) =>
        Encoding.UTF8.GetBytes((header.Length + 2 + value.Length > MaxLine ? "\r\n " : " ") + value + "\r\n");

    private static int Name(StringBuilder to, int column, string name)
    {
        var start = to.Length;
        if (name.Length > MaxPlainName || !IsPlain(name)) return EncodedWords(to, column, name);
        if (!name.AsSpan().ContainsAnyExcept(Phrase) && !name.Contains("  ", StringComparison.Ordinal)) to.Append(name);
        else
        {
            to.Append('"');
            foreach (var c in name) to.Append(c is '"' or '\\' ? "\\" : "").Append(c);
            to.Append('"');
        }
        return column + to.Length - start;
    }

    // "=?" in plain text would be read as an encoded word by the other side, so it is encoded itself.
    private static bool IsPlain(string text) =>
        !text.AsSpan().ContainsAnyExcept(Printable) && !text.Contains("=?", StringComparison.Ordinal)
        && !text.StartsWith(' ') && !text.EndsWith(' ');

    private static bool Fold(StringBuilder to, int column, string text)
    {
        column++;
        foreach (var word in Words(text))
        {
            if (column + word.Length > MaxLine && to.Length > 1)
            {
                to.Append("\r\n");
                column = 0;
            }
            to.Append(word.Span);
            column += word.Length;
            if (column > MaxLine) return false;
        }
        return true;
    }

    // Each piece keeps the spaces in front of it, so that unfolding gives the text back.
    private static IEnumerable<ReadOnlyMemory<char>> Words(string text)
    {
        var start = 0;
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] != ' ' || text[i - 1] == ' ') continue;
            yield return text.AsMemory(start, i - start);
            start = i;
        }
        yield return text.AsMemory(start);
    }

    private static int EncodedWords(StringBuilder to, int column, string text)
    {
        Span<byte> chunk = stackalloc byte[48];
        Span<byte> utf8 = stackalloc byte[4];
        var filled = 0;
        var room = Room(column);
        foreach (var rune in text.EnumerateRunes())
        {
            var size = rune.EncodeToUtf8(utf8);
            if (filled + size > room)
            {
                Word(to, chunk[..filled]);
                to.Append("\r\n ");
                column = 1;
                filled = 0;
                room = Room(column);
            }
            utf8[..size].CopyTo(chunk[filled..]);
            filled += size;
        }
        Word(to, chunk[..filled]);
        return column + WordOpen.Length + WordClose.Length + (filled + 2) / 3 * 4;
    }

    private static int Room(int column) => Math.Min(45, (MaxEncodedLine - column - WordOpen.Length - WordClose.Length) / 4 * 3);

    private static void Word(StringBuilder to, ReadOnlySpan<byte> bytes) => to.Append(WordOpen).Append(Convert.ToBase64String(bytes)).Append(WordClose);
}

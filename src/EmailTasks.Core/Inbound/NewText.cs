using System.Text;

namespace EmailTasks.Core.Inbound;

/// <summary>The author's own lines of a mail in plain text.</summary>
/// <param name="Text">Without quotes, signatures and what phones add.</param>
/// <param name="HasQuote">Whether another mail is quoted.</param>
public sealed record NewText(string Text, bool HasQuote)
{
    /// <summary>An attribution wraps over at most this many lines.</summary>
    private const int AttributionLines = 3;

    /// <summary>Lines longer than this are no attribution and no separator.</summary>
    private const int MarkLength = 400;

    /// <summary>
    /// Lines with ">" are left out wherever they stand, so that answers below or between quotes count; behind an
    /// attribution without ">" lines, a separator or a header block everything is the other mail.
    /// </summary>
    public static NewText Of(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var kept = new List<string>();
        var quoted = false;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.StartsWith('>') || line.StartsWith('|'))
            {
                if (!quoted) DropAttribution(kept);
                quoted = true;
            }
            else if (line.Length is 0 or > MarkLength) kept.Add(line);
            else if (StartsOther(lines, i, line))
            {
                quoted = true;
                break;
            }
            else if (lines[i].TrimEnd('\r') is "-- " or "--" or "——") SkipSignature(lines, ref i);
            else if (InboundPhrases.SuffixLength("attribution", line) > 0 && Behind(lines, i) is { } next)
            {
                quoted = true;
                DropWrapped(kept, line);
                if (!next.StartsWith('>')) break;
            }
            else if (InboundPhrases.PrefixLength("phone_signature", line.AsSpan().TrimStart("-— ")) == 0 || line.Length > 80) kept.Add(line);
        }
        return new NewText(Join(kept), quoted);
    }

    private static bool StartsOther(string[] lines, int at, string line)
    {
        if (InboundPhrases.PrefixLength("original", line) > 0) return Behind(lines, at) is not null || line.StartsWith("--", StringComparison.Ordinal);
        // A header block: two labels in a row. One alone may be a person's sentence.
        if (InboundPhrases.PrefixLength("header_line", line.TrimStart('*')) == 0) return false;
        var next = Behind(lines, at)?.TrimStart('*');
        return next is not null && next.IndexOfAny([':', '：']) is > 0 and < 20 && line.Contains('@');
    }

    /// <summary>The next line that says something.</summary>
    private static string? Behind(string[] lines, int at)
    {
        for (var i = at + 1; i < lines.Length && i < at + 8; i++)
            if (lines[i].AsSpan().Trim().Length > 0)
                return lines[i].Trim();
        return null;
    }

    // Below a signature a quote may follow; the signature's own lines are skipped.
    private static void SkipSignature(string[] lines, ref int i)
    {
        while (i + 1 < lines.Length)
        {
            var next = lines[i + 1].Trim();
            if (next.StartsWith('>') || (next.Length > 0 && (StartsOther(lines, i + 1, next) || InboundPhrases.SuffixLength("attribution", next) > 0))) return;
            i++;
        }
    }

    // "On Tuesday Ann <ann@creator.example>" + "wrote:" stands on two lines when it is long.
    private static void DropWrapped(List<string> kept, string last)
    {
        if (last.Contains('@') && !last.StartsWith('<') && char.IsUpper(last[0])) return;
        for (var n = 1; n < AttributionLines && kept.Count > 0 && kept[^1].Length > 0; n++)
        {
            var line = kept[^1];
            kept.RemoveAt(kept.Count - 1);
            if (line.StartsWith("On ", StringComparison.Ordinal) || line.StartsWith("Am ", StringComparison.Ordinal) || line.StartsWith("Le ", StringComparison.Ordinal) || line.StartsWith("El ", StringComparison.Ordinal)) return;
        }
    }

    private static void DropAttribution(List<string> kept)
    {
        while (kept.Count > 0 && kept[^1].Length == 0) kept.RemoveAt(kept.Count - 1);
        if (kept.Count > 0 && kept[^1].EndsWith(':') && kept[^1].Any(char.IsDigit)) kept.RemoveAt(kept.Count - 1);
    }

    private static string Join(List<string> lines)
    {
        var text = new StringBuilder();
        var blank = 0;
        foreach (var line in lines)
        {
            if (line.Length == 0)
            {
                blank++;
                continue;
            }
            if (text.Length > 0) text.Append('\n', blank > 0 ? 2 : 1);
            text.Append(line);
            blank = 0;
        }
        return text.ToString();
    }
}

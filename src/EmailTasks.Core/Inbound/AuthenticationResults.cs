using System.Collections.Immutable;
using System.Text;

namespace EmailTasks.Core.Inbound;

/// <summary>One method's result.</summary>
/// <param name="Method">Lower case: dmarc, dkim, spf, ...</param>
/// <param name="Result">Lower case: pass, fail, none, ...</param>
/// <param name="Properties">What it is about, names in lower case: header.from, header.d, smtp.mailfrom, ...</param>
public sealed record AuthenticationResult(string Method, string Result, ImmutableArray<(string Name, string Value)> Properties)
{
    /// <summary>The value of a property; null without it.</summary>
    public string? Property(string name)
    {
        foreach (var (named, value) in Properties)
            if (named == name)
                return value;
        return null;
    }
}

/// <summary>One Authentication-Results header (RFC 8601 §2.2): who says it, and what. Read loosely, because servers write it loosely.</summary>
/// <param name="AuthservId">Who says it; null where the header leaves it out, as Microsoft's do.</param>
/// <param name="Results">In order.</param>
public sealed record AuthenticationResults(string? AuthservId, ImmutableArray<AuthenticationResult> Results)
{
    /// <summary>Characters of one header that are read; real ones have some 600.</summary>
    public const int CharactersMax = 8_192;

    private const int ResultsMax = 50;
    private const int PropertiesMax = 20;

    /// <summary>The results of a method.</summary>
    public IEnumerable<AuthenticationResult> Of(string method) => Results.Where(r => r.Method == method);

    /// <summary>Reads a header's value, unfolded; null when it says nothing. Never throws.</summary>
    public static AuthenticationResults? Parse(string value)
    {
        var parts = Parts(value.Length <= CharactersMax ? value : value[..CharactersMax]);
        if (parts.Count == 0) return null;
        // The name, perhaps with a version behind it; where it is left out, the first part is a result already.
        var named = parts[0].Count > 0 && !parts[0][0].Contains('=') ? parts[0][0] : null;
        return new AuthenticationResults(named, [.. parts.Skip(named is null ? 0 : 1).Select(Result).OfType<AuthenticationResult>().Take(ResultsMax)]);
    }

    private static AuthenticationResult? Result(List<string> words)
    {
        if (words.Count == 0 || words[0].IndexOf('=', StringComparison.Ordinal) is not (> 0 and var equals)) return null;
        var method = words[0][..equals].Split('/')[0].ToLowerInvariant();
        return new AuthenticationResult(method, words[0][(equals + 1)..].ToLowerInvariant(),
            [.. words.Skip(1).Select(w => w.Split('=', 2)).Where(w => w.Length == 2).Take(PropertiesMax).Select(w => (w[0].ToLowerInvariant(), w[1]))]);
    }

    /// <summary>The parts between semicolons, as words: comments left out, quotes taken off, no space around an equals sign.</summary>
    private static List<List<string>> Parts(string value)
    {
        var parts = new List<List<string>> { new() };
        var word = new StringBuilder();
        var (depth, quoted, joins) = (0, false, false);
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (c == '\\' && (quoted || depth > 0) && i + 1 < value.Length)
            {
                i++;
                if (quoted) word.Append(value[i]);
            }
            else if (depth > 0) depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            else if (quoted && c != '"') word.Append(c);
            else if (c == '"') quoted = !quoted;
            else if (c == '(') depth = 1;
            else if (c == ';')
            {
                End();
                parts.Add([]);
            }
            else if (c == '=')
            {
                if (word.Length == 0 && parts[^1].Count > 0)
                {
                    word.Append(parts[^1][^1]);
                    parts[^1].RemoveAt(parts[^1].Count - 1);
                }
                word.Append(c);
                joins = true;
                continue;
            }
            else if (!char.IsWhiteSpace(c)) word.Append(c);
            else if (!joins) End();
            if (!char.IsWhiteSpace(c) && depth == 0 && c is not ')') joins = false;
        }
        End();
        return parts;

        void End()
        {
            if (word.Length > 0) parts[^1].Add(word.ToString());
            word.Clear();
            joins = false;
        }
    }
}

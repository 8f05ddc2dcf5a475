using System.Text;
using System.Text.RegularExpressions;

namespace EmailTasks.Server.Message;

/// <summary>
/// Cleans CSS without rewriting it. A CSS object model turns <c>#fff</c> into <c>rgba(…)</c> and drops <c>mso-*</c>,
/// and both break the mail in Outlook; so declarations are kept to the letter or dropped, by an allow-list of
/// characters and a list of constructs. What it returns it returns unchanged when asked again.
/// </summary>
internal static class StyleFilter
{
    /// <summary>Media queries nest once; more is a mistake or an attack.</summary>
    private const int MaxNesting = 3;

    private static readonly Regex Comment = new(@"/\*[\s\S]*?(?:\*/|$)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    private static readonly Regex Space = new(@"\s+", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    private static readonly Regex Property = new("^-{0,2}[A-Za-z][A-Za-z0-9-]{0,60}\\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    // No backslash (escapes hide words), no angle bracket (ends the element), no brace, no semicolon, no control.
    private static readonly Regex Value = new("""^[\p{L}\p{N}\s#%.,()"'!+*/:_?=&~@$\[\]|-]+\z""", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    // No % in front: behind the brace of a media rule it would read as a Liquid tag.
    private static readonly Regex Prelude = new("""^[\p{L}\p{N}\s#%.,()"'*/:_=~@$^\[\]|>+-]+\z""", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    private static readonly Regex Denied = new("expression|javascript|vbscript|behaviou?r|-moz-binding|data:|@import|/\\*|image-set", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    private static readonly Regex Url = new("url\\((?<url>[^()]*)\\)", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    private static readonly Regex UrlStart = new("url\\s*\\(", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    private static readonly Regex GroupingRule = new("^@(?:media|supports|(?:-webkit-|-moz-)?keyframes)\\b", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    private static readonly Regex AtWord = new("^@[A-Za-z-]+", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    /// <summary>Declarations as in a style attribute; dropped ones are reported by property name.</summary>
    public static string Declarations(string css, Action<string> removed)
    {
        var kept = new List<string>();
        foreach (var part in Split(WithoutComments(css), ';'))
        {
            var declaration = part.Trim();
            if (declaration.Length == 0) continue;
            var colon = declaration.IndexOf(':', StringComparison.Ordinal);
            var name = colon > 0 ? declaration[..colon].TrimEnd() : "";
            var value = colon > 0 ? declaration[(colon + 1)..].TrimStart() : "";
            if (Property.IsMatch(name) && !Denied.IsMatch(name) && IsSafe(value)) kept.Add($"{name}:{Space.Replace(value, " ")}");
            else removed(Property.IsMatch(name) ? $"CSS property {name}" : "CSS declaration");
        }
        return string.Join(';', kept);
    }

    /// <summary>A style sheet: style rules, @media, @supports, @font-face and @keyframes; other at-rules are dropped.</summary>
    public static string Sheet(string css, Action<string> removed) =>
        Rules(WithoutComments(css).Replace("<!--", " ", StringComparison.Ordinal).Replace("-->", " ", StringComparison.Ordinal), removed, 0);

    private static string Rules(string css, Action<string> removed, int depth)
    {
        var kept = new StringBuilder();
        var at = 0;
        while (at < css.Length)
        {
            var open = IndexOutsideStrings(css, at, '{');
            var semicolon = IndexOutsideStrings(css, at, ';', open < 0 ? css.Length : open);
            if (semicolon >= 0) // @import, @charset, @namespace, or a slip
            {
                Report(css[at..semicolon], removed);
                at = semicolon + 1;
                continue;
            }
            var close = open < 0 ? -1 : Matching(css, open);
            if (close < 0)
            {
                Report(css[at..], removed);
                break;
            }
            Rule(Space.Replace(css[at..open], " ").Trim(), css[(open + 1)..close], kept, removed, depth);
            at = close + 1;
        }
        return kept.ToString();
    }

    private static void Rule(string prelude, string block, StringBuilder kept, Action<string> removed, int depth)
    {
        var nests = GroupingRule.IsMatch(prelude);
        if (prelude.Length == 0 || prelude[0] == '%' || !Prelude.IsMatch(prelude) || depth >= MaxNesting
            || (prelude[0] == '@' && !nests && !prelude.Equals("@font-face", StringComparison.OrdinalIgnoreCase)))
        {
            Report(prelude, removed);
            return;
        }
        var inner = nests ? Rules(block, removed, depth + 1) : Declarations(block, removed);
        if (inner.Length > 0) kept.Append(prelude).Append('{').Append(inner).Append("}\n");
    }

    private static void Report(string rule, Action<string> removed)
    {
        rule = rule.Trim();
        if (rule.Length == 0 || rule == "}") return;
        removed(AtWord.Match(rule) is { Success: true } word ? $"CSS {word.Value} rule" : "CSS rule");
    }

    private static bool IsSafe(string value)
    {
        if (value.Length == 0 || !Value.IsMatch(value) || Denied.IsMatch(value) || !Balanced(value)) return false;
        foreach (Match url in Url.Matches(value))
        {
            var target = url.Groups["url"].Value.Trim().Trim('"', '\'');
            if (!UrlRule.AllowsWeb(target)) return false;
        }
        return Url.Count(value) == UrlStart.Count(value);
    }

    private static bool Balanced(string value)
    {
        var depth = 0;
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] is '"' or '\'' && (i = value.IndexOf(value[i], i + 1)) < 0) return false;
            depth += value[i] == '(' ? 1 : value[i] == ')' ? -1 : 0;
            if (depth < 0) return false;
        }
        return depth == 0;
    }

    private static List<string> Split(string css, char by)
    {
        var parts = new List<string>();
        int start = 0, depth = 0;
        for (var i = 0; i < css.Length; i++)
        {
            if (css[i] is '"' or '\'')
            {
                var end = css.IndexOf(css[i], i + 1);
                if (end < 0) break;
                i = end;
            }
            else if (css[i] == '(') depth++;
            else if (css[i] == ')') depth--;
            else if (css[i] == by && depth <= 0)
            {
                parts.Add(css[start..i]);
                start = i + 1;
            }
        }
        parts.Add(css[start..]);
        return parts;
    }

    private static int IndexOutsideStrings(string css, int from, char sought, int to = int.MaxValue)
    {
        for (var i = from; i < css.Length && i < to; i++)
        {
            if (css[i] == sought) return i;
            if (css[i] is '"' or '\'' && (i = css.IndexOf(css[i], i + 1)) < 0) return -1;
        }
        return -1;
    }

    private static int Matching(string css, int open)
    {
        var depth = 0;
        for (var i = open; i < css.Length; i++)
        {
            if (css[i] is '"' or '\'' && (i = css.IndexOf(css[i], i + 1)) < 0) return -1;
            depth += css[i] == '{' ? 1 : css[i] == '}' ? -1 : 0;
            if (depth == 0) return i;
        }
        return -1;
    }

    private static string WithoutComments(string css) => Comment.Replace(css, " ");
}

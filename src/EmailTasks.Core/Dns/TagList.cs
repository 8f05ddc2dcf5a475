namespace EmailTasks.Core.Dns;

/// <summary>A list <c>a=b; c=d</c> as DKIM keys and DMARC policies are written (RFC 6376 §3.2).</summary>
internal static class TagList
{
    private static readonly char[] Space = [' ', '\t', '\r', '\n'];

    /// <summary>The tags in their order, or null when the text is no tag list or names a tag twice.</summary>
    public static IReadOnlyList<(string Name, string Value)>? Parse(string text)
    {
        var tags = new List<(string Name, string Value)>();
        var parts = text.Split(';');
        for (var i = 0; i < parts.Length; i++)
        {
            var part = parts[i].Trim(Space);
            if (part.Length == 0 && i == parts.Length - 1) break;
            var equals = part.IndexOf('=');
            if (equals < 1) return null;
            var name = part[..equals].TrimEnd(Space);
            if (!IsName(name) || tags.Any(t => t.Name == name)) return null;
            tags.Add((name, part[(equals + 1)..].Trim(Space)));
        }
        return tags;
    }

    /// <summary>A tag's value, or null.</summary>
    public static string? Value(this IReadOnlyList<(string Name, string Value)> tags, string name)
    {
        foreach (var tag in tags)
            if (tag.Name == name)
                return tag.Value;
        return null;
    }

    private static bool IsName(string name) => char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}

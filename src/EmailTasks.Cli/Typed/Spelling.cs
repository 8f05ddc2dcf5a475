using EmailTasks.Contracts;

namespace EmailTasks.Cli.Typed;

/// <summary>How options and words are spelt, and what was probably meant.</summary>
internal static class Spelling
{
    /// <summary>Options whose documented spelling is snake_case.</summary>
    private static readonly string[] Documented = ["page_size"];

    /// <summary>The option of a member, as help prints it.</summary>
    public static string Flag(string member) =>
        "--" + (Array.IndexOf(Documented, member) >= 0 ? member : member.Replace('_', '-'));

    /// <summary>The other spelling of an option, or null when there is none.</summary>
    public static string? Other(string flag)
    {
        var name = flag[2..];
        var other = name.Contains('_') ? name.Replace('_', '-') : name.Replace('-', '_');
        return other == name ? null : "--" + other;
    }

    /// <summary>True when both are the same option.</summary>
    public static bool Same(string flag, string token) => flag == token || (token.StartsWith("--", StringComparison.Ordinal) && flag == token.Replace('_', '-'));

    /// <summary>The candidate that <paramref name="typed"/> is a slip of, or null.</summary>
    public static string? Nearest(string typed, IEnumerable<string> candidates)
    {
        string? best = null;
        var least = int.MaxValue;
        foreach (var candidate in candidates)
        {
            var distance = Names.Distance(typed, candidate);
            // A short word with two changed letters is another word.
            if (distance <= Math.Min(2, Math.Max(1, candidate.Length / 3)) && distance < least) (best, least) = (candidate, distance);
        }
        return best;
    }
}

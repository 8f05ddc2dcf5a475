using System.Text.RegularExpressions;

namespace EmailTasks.Core.Tests;

/// <summary>Tables beside the tests: tab-separated, <c>#</c> begins a comment, <c>\uXXXX</c> stands for a character.</summary>
internal static class Tsv
{
    /// <summary>The rows of a table, unescaped.</summary>
    public static IEnumerable<string[]> Rows(string path) =>
        from line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, path))
        where line.Length > 0 && line[0] != '#'
        select line.Split('\t').Select(Regex.Unescape).ToArray();

    /// <summary>For <c>*</c> every value, else the named ones, comma-separated.</summary>
    public static IEnumerable<T> Each<T>(string cell)
        where T : struct, Enum => cell == "*" ? Enum.GetValues<T>() : cell.Split(',').Select(w => Enum.Parse<T>(w));
}

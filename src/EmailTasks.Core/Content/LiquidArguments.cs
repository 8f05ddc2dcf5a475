using System.Diagnostics.CodeAnalysis;

namespace EmailTasks.Core.Content;

/// <summary>A string or a whole number, exactly one of them.</summary>
internal readonly record struct LiquidLiteral(string? Text, int? Number);

/// <summary>Which literals each filter takes.</summary>
internal static class LiquidArguments
{
    // In the shapes below s is a string, n a number, and a final ? makes the last one optional.
    /// <summary>The largest length for truncate; longer texts are no variables.</summary>
    private const int MaxTruncate = 10_000;

    public const string Names = "default, upcase, downcase, capitalize, strip, truncate, escape, append, prepend, replace";

    public static bool Read(string word, List<LiquidLiteral> given, [NotNullWhen(true)] out FilterCall? call, out (string Problem, string Fix) fault)
    {
        call = null;
        fault = default;
        (LiquidFilter Filter, string Shape, string Usage)? known = word switch
        {
            "default" => (LiquidFilter.Default, "s", "default: \"text\""),
            "upcase" => (LiquidFilter.Upcase, "", "upcase"),
            "downcase" => (LiquidFilter.Downcase, "", "downcase"),
            "capitalize" => (LiquidFilter.Capitalize, "", "capitalize"),
            "strip" => (LiquidFilter.Strip, "", "strip"),
            "truncate" => (LiquidFilter.Truncate, "ns?", "truncate: 30 or truncate: 30, \"…\""),
            "escape" => (LiquidFilter.Escape, "", "escape"),
            "append" => (LiquidFilter.Append, "s", "append: \"text\""),
            "prepend" => (LiquidFilter.Prepend, "s", "prepend: \"text\""),
            "replace" => (LiquidFilter.Replace, "ss", "replace: \"old\", \"new\""),
            _ => null,
        };
        if (known is not var (filter, shape, usage))
        {
            fault = ($"There is no filter \"{word}\".", $"Use one of {Names}.");
            return false;
        }
        if (!Fits(given, shape))
        {
            fault = ($"The filter \"{word}\" does not take {Described(given)}.", $"Write {usage}.");
            return false;
        }
        call = filter == LiquidFilter.Truncate
            ? new FilterCall(filter, given.Count > 1 ? given[1].Text! : "...", "", given[0].Number!.Value)
            : new FilterCall(filter, given.Count > 0 ? given[0].Text! : "", given.Count > 1 ? given[1].Text! : "");
        if (filter == LiquidFilter.Truncate && call.First.EnumerateRunes().Count() > call.Number) fault = ("The ending of truncate is longer than its length.", "Give a larger length or a shorter ending.");
        if (filter == LiquidFilter.Truncate && call.Number is < 1 or > MaxTruncate) fault = ("The length of truncate is out of range.", $"Give a length from 1 to {MaxTruncate}.");
        if (filter == LiquidFilter.Replace && call.First.Length == 0) fault = ("The text to replace is empty.", "Say which text to replace.");
        if (fault.Problem is null) return true;
        call = null;
        return false;
    }

    private static bool Fits(List<LiquidLiteral> given, string shape)
    {
        var most = shape.TrimEnd('?').Length;
        if (given.Count > most || given.Count < (shape.EndsWith('?') ? most - 1 : most)) return false;
        return given.Select((g, i) => shape[i] == 's' ? g.Text is not null : g.Number is not null).All(ok => ok);
    }

    private static string Described(List<LiquidLiteral> given) => given.Count == 0
        ? "nothing"
        : string.Join(", ", given.Select(g => g.Text is not null ? "a string" : "a number"));
}

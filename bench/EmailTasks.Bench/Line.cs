namespace EmailTasks.Bench;

/// <summary>A line of the one table: who, the median, all values, and the ratio to the first of its kind.</summary>
internal sealed record Line(string What, string Who, double Median, string Unit, double? Ratio, string All)
{
    public static void Print(IReadOnlyList<Line> lines)
    {
        Console.WriteLine($"{"",-34}{"",-28}{"median",12}  {"ratio",-8}values");
        foreach (var l in lines)
            Console.WriteLine($"{l.What,-34}{l.Who,-28}{l.Median,8:0.#} {l.Unit,-7}{(l.Ratio is { } r ? $"{r:0.00}" : ""),-6}  {l.All}");
    }

    /// <summary>The middle of some values.</summary>
    public static double MedianOf(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }
}

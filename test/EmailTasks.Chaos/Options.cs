using System.Diagnostics;
using System.Globalization;

namespace EmailTasks.Chaos;

/// <summary>What was asked for.</summary>
/// <param name="Minutes">About how long; 5 is the short form.</param>
/// <param name="People">Recipients of one wave on PostgreSQL; SQLite gets a quarter.</param>
/// <param name="Only"><c>controls</c>, <c>sqlite</c> and <c>postgres</c>, comma-separated; null is all of it.</param>
internal sealed record Options(long Seed, double Minutes, int People, string? Only)
{
    private const double ShortMinutes = 5;

    /// <summary>Starting, preparing, settling and the controls, on a machine with nothing else to do.</summary>
    private const double AsideMinutes = 1.8;

    private const double LeastMinutes = 0.5;

    public static Options Read(string[] args)
    {
        var options = new Options(Stopwatch.GetTimestamp() % 1_000_000_000, ShortMinutes, 36_000, null);
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            options = args[i] switch
            {
                "--seed" => options with { Seed = long.Parse(args[i + 1], CultureInfo.InvariantCulture) },
                "--minutes" => options with { Minutes = double.Parse(args[i + 1], CultureInfo.InvariantCulture) },
                "--people" => options with { People = int.Parse(args[i + 1], CultureInfo.InvariantCulture) },
                "--only" => options with { Only = args[i + 1] },
                _ => throw new ArgumentException($"Unknown: {args[i]}", nameof(args)),
            };
        }
        return args.Length % 2 == 0 ? options : throw new ArgumentException($"A value is missing after {args[^1]}", nameof(args));
    }

    public bool Does(string part) => Only is null || Only.Split(',').Contains(part);

    /// <summary>The waves of one store: the short form has one, a long one a quiet point every ten minutes.</summary>
    /// <param name="share">Its part of the time under fire.</param>
    public (int Count, TimeSpan Each) Waves(double share)
    {
        var time = TimeSpan.FromMinutes(Math.Max(LeastMinutes, (Minutes - AsideMinutes) * share));
        var count = Math.Max(1, (int)Math.Round(time.TotalMinutes / 10));
        return (count, time / count);
    }
}

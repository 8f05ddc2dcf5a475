using System.Diagnostics;

namespace EmailTasks.Bench;

/// <summary>A whole process from start to end: our command line against the smallest Node program.</summary>
internal static class Starts
{
    private const int WarmUp = 5;

    public static IReadOnlyList<Line> Measure(string cli, string node, int runs)
    {
        string[] ours = ["schema", "email create"], theirs = ["-e", "0"];
        var (a, b) = (new List<double>(), new List<double>());
        for (var i = -WarmUp; i < runs; i++)
        {
            var (first, second) = (Once(cli, ours), Once(node, theirs)); // in turns: whatever else the machine does hits both
            if (i < 0) continue;
            a.Add(first);
            b.Add(second);
        }
        var (medianA, medianB) = (Line.MedianOf(a), Line.MedianOf(b));
        return
        [
            new("start to end", "noxinfluencer schema", medianA, "ms", medianA / medianB, Range(a)),
            new("", "node -e 0", medianB, "ms", 1, Range(b)),
        ];
    }

    private static string Range(List<double> values) => $"{values.Min():0.#}..{values.Max():0.#} ms, {values.Count} runs in turns";

    private static double Once(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var elapsed = clock.Elapsed.TotalMilliseconds;
        return process.ExitCode == 0 ? elapsed : throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
    }
}

using System.Diagnostics;
using System.Globalization;

namespace EmailTasks.Bench;

/// <summary>The server at full load for a long time: does its memory, or the number of its open files, grow?</summary>
internal static class Soak
{
    private const int Mails = 20_000;
    private const int Connections = 16;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    /// <summary>The last quarter over the second one: caches are warm by then, and a leak of 1 % a minute shows.</summary>
    private const double MemoryGrowth = 1.10;

    private const int FilesGrowth = 4;

    /// <summary>Sends task after task and looks at the process beside it.</summary>
    /// <param name="port">Where the sink listens.</param>
    /// <returns>Whether nothing grew.</returns>
    public static async Task<bool> Run(string server, int port, TimeSpan time, BenchMail mail)
    {
        using var ours = await OurServer.Start(server, port, Connections);
        var (clock, samples, sent) = (Stopwatch.StartNew(), new List<Sample>(), 0L);
        using var over = new CancellationTokenSource();
        var watching = Watch(ours.Pid, clock, () => Volatile.Read(ref sent), samples, over.Token);
        Console.Error.WriteLine($"{"minute",6} {"mails",10} {"mails/s",8} {"memory MB",10} {"of it files",11} {"open files",10} {"threads",8}");
        var round = 0;
        var next = ours.Ready(mail with { Subject = "Round 0" }, 0, Mails);
        while (clock.Elapsed < time)
        {
            var task = await next;
            round++;
            // The next task is filled while this one is sent: the server is never idle.
            next = ours.Ready(mail with { Subject = $"Round {round}" }, round * Mails, Mails);
            await ours.Send(task, Mails);
            Interlocked.Add(ref sent, Mails);
        }
        await next;
        await over.CancelAsync();
        await watching;
        return Judge(samples, time);
    }

    private static async Task Watch(int pid, Stopwatch clock, Func<long> sent, List<Sample> samples, CancellationToken ct)
    {
        var (minute, before) = (0, 0L);
        while (!ct.IsCancellationRequested)
        {
            samples.Add(Sample.Of(pid, clock.Elapsed));
            if ((int)clock.Elapsed.TotalMinutes is var now && now > minute)
            {
                var s = samples[^1];
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{now,6} {sent(),10} {(sent() - before) / 60.0 / (now - minute),8:0} {s.MemoryMb,10:0} {s.FileMb,11:0} {s.Files,10} {s.Threads,8}"));
                (minute, before) = (now, sent());
            }
            await Task.Delay(Every, TimeProvider.System, ct).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private static bool Judge(List<Sample> samples, TimeSpan time)
    {
        List<Sample> Quarter(int n) => [.. samples.Where(s => (int)(s.At / time * 4) == n)];
        double Middle(int n, Func<Sample, double> of) => Line.MedianOf(Quarter(n).Select(of));
        var memory = Middle(3, s => s.MemoryMb) / Middle(1, s => s.MemoryMb);
        var files = Middle(3, s => s.Files) - Middle(1, s => s.Files);
        var (flat, steady) = (memory <= MemoryGrowth, files <= FilesGrowth);
        Console.WriteLine($"memory      {Middle(1, s => s.MemoryMb):0} MB in the second quarter, {Middle(3, s => s.MemoryMb):0} MB in the last, ratio {memory:0.00}: {(flat ? "flat" : "GROWS")}");
        Console.WriteLine($"open files  {Middle(1, s => s.Files):0} in the second quarter, {Middle(3, s => s.Files):0} in the last: {(steady ? "no growth" : "GROW")}");
        return flat && steady;
    }

    /// <summary>What the kernel says of a process: resident memory (of it mapped files), open files, threads.</summary>
    private sealed record Sample(TimeSpan At, double MemoryMb, double FileMb, int Files, int Threads)
    {
        public static Sample Of(int pid, TimeSpan at)
        {
            var status = File.ReadAllLines($"/proc/{pid}/status").Select(l => l.Split(':', 2)).ToDictionary(l => l[0], l => l[1].Trim(), StringComparer.Ordinal);
            double Mb(string name) => double.Parse(status[name].Split(' ')[0], CultureInfo.InvariantCulture) / 1024;
            return new Sample(at, Mb("VmRSS"), Mb("RssFile"), Directory.GetFiles($"/proc/{pid}/fd").Length, int.Parse(status["Threads"], CultureInfo.InvariantCulture));
        }
    }
}

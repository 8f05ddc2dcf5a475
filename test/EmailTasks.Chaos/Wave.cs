using System.Collections.Concurrent;
using System.Diagnostics;

namespace EmailTasks.Chaos;

/// <summary>From a quiet point to the next: tasks are sent while everything goes wrong, then the world calms down and is judged.</summary>
internal sealed class Wave(World world, Deeds deeds, int number, int peopleCount, TimeSpan length)
{
    private const int TasksToCancel = 24;
    private const int PeopleToCancel = 300;
    private const int CallsAtOnce = 4;
    private const int PeopleOfLimited = 300;

    /// <summary>Longer than anything the engine promises to wait for after the last fault: delayed answers, leases, the reaper.</summary>
    private static readonly TimeSpan SettleMax = TimeSpan.FromMinutes(6);

    private readonly ConcurrentQueue<string> _toCancel = [];
    private readonly List<string> _tasks = [];
    private readonly List<string> _people = [];

    /// <summary>How long it took to prepare, to send under fire, to settle.</summary>
    public string Phases { get; private set; } = "";

    /// <summary>Runs it and judges.</summary>
    public async Task<Verdict> Run()
    {
        var since = Stopwatch.GetTimestamp();
        await Prepare();
        var prepared = Stopwatch.GetElapsedTime(since).TotalSeconds;
        world.Faults.On = true;
        var schedule = new Schedule(world, deeds, _people, _toCancel, $"{world.Name} wave {number}");
        foreach (var task in _tasks) await world.Api.Must("POST", $"/v1/email-tasks/{task}/send");
        using var stop = new CancellationTokenSource();
        var doing = Task.WhenAll(schedule.Run(length, stop.Token), Task.Run(() => world.Audience.Run(stop.Token)));
        var pace = await Pace();
        await stop.CancelAsync();
        await doing;
        world.Faults.On = false;
        var fired = Stopwatch.GetElapsedTime(since).TotalSeconds;
        await Settle(schedule);
        var settled = Stopwatch.GetElapsedTime(since).TotalSeconds;
        Phases = $"prepared in {prepared:F0} s, under fire for {fired - prepared:F0} s, settled in {settled - fired:F0} s; dots every ten seconds: {pace}";
        return await Judge();
    }

    private async Task Prepare()
    {
        var fast = world.Fast.ToList();
        IEnumerable<(Box Box, string Name, int Count)> drafts = fast.Select(box => (box, "main", peopleCount / fast.Count))
            .Concat(world.Boxes.Except(fast).Select(box => (box, "limited", PeopleOfLimited)))
            .Concat(Enumerable.Range(0, TasksToCancel).Select(i => (fast[i % fast.Count], $"cancel{i}", PeopleToCancel)));
        await Parallel.ForEachAsync(drafts, new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce }, async (draft, _) => await Draft(draft.Box, draft.Name, draft.Count));
    }

    private async Task Draft(Box box, string name, int count)
    {
        var prefix = $"w{number}-{box.Address.Split('@')[0]}-{name}";
        var addresses = Enumerable.Range(0, count).Select(i => $"{prefix}-{i}@d{i % 500}.example").ToList();
        var task = await world.Draft(box, prefix, addresses);
        lock (_people)
        {
            if (name.StartsWith("cancel", StringComparison.Ordinal))
            {
                _toCancel.Enqueue(task);
                return;
            }
            _tasks.Add(task);
            _people.AddRange(addresses);
        }
    }

    private async Task<string> Pace()
    {
        var paces = new List<int>();
        var before = world.Sink.Dotted.Count();
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < length;)
        {
            await Task.Delay(TimeSpan.FromSeconds(10));
            var now = world.Sink.Dotted.Count();
            paces.Add(now - before);
            before = now;
        }
        return string.Join(' ', paces);
    }

    private async Task Settle(Schedule schedule)
    {
        await schedule.ResumeAll();
        foreach (var task in await world.Database.Unsettled())
        {
            while (true)
            {
                var answer = await world.Api.Try("POST", $"/v1/email-tasks/{task}/cancel");
                if (answer is { Ok: true }) deeds.Cancels.Enqueue(new Cancelled(task, answer.Stamp));
                if (answer is not null) break; // a refusal: it is sent meanwhile
            }
        }
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < SettleMax; await Task.Delay(500))
        {
            if ((await world.Database.Unsettled()).Count == 0 && (await world.Database.InFlight()).Count == 0 && await world.Database.Heard(world.Audience.Replies)) return;
        }
    }

    private async Task<Verdict> Judge()
    {
        var rows = (await world.Database.Rows()).ToDictionary(r => r.Address, StringComparer.Ordinal);
        var dotted = world.Sink.Dotted.ToList();
        var verdict = new Verdict();
        verdict.JudgeDuplicates(dotted);
        verdict.JudgeRows(dotted, rows);
        verdict.JudgeStops(dotted, rows, deeds);
        verdict.JudgeSuppressions(rows, deeds);
        verdict.JudgeLimits(dotted, world.Boxes);
        await Task.Delay(TimeSpan.FromSeconds(1)); // the last hits are written
        await verdict.JudgeReactions((await world.Database.Rows()).ToDictionary(r => r.Address, StringComparer.Ordinal), world.Audience, world.Database);
        await verdict.JudgeBooks(world.Database);
        foreach (var difference in (await world.Api.Must("GET", "/v1/data/verify")).Data.GetProperty("differences").EnumerateArray()) verdict.Find($"recount: {difference}");
        foreach (var node in world.Nodes) node.Judge(verdict);
        return verdict;
    }
}

using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;

namespace EmailTasks.Chaos;

/// <summary>What goes wrong while mail leaves: to each node, to the database, and what people do meanwhile. Drawn from the seed.</summary>
internal sealed class Schedule(World world, Deeds deeds, IReadOnlyList<string> people, ConcurrentQueue<string> toCancel, string wave)
{
    private const string SomeSessions = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'email-tasks' and random() < 0.4";

    /// <summary>A resume whose answer was lost may still come: a stopped node does it when it wakes. So long no pause is judged.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(2);

    /// <summary>One of several nodes is always well: otherwise little would be sent, and little could go wrong.</summary>
    private readonly SemaphoreSlim _faulty = new(Math.Max(1, world.Nodes.Count - 1));

    private readonly SemaphoreSlim _rests = new(1);
    private long _lost;

    /// <summary>Runs until it is told to stop; whatever is under way then comes to its end.</summary>
    public async Task Run(TimeSpan length, CancellationToken stop)
    {
        var doing = world.Nodes.Select(n => Task.Run(() => ToNode(n, stop), CancellationToken.None)).ToList();
        doing.Add(Task.Run(() => ByPeople("cancels", Cancel, stop), CancellationToken.None));
        doing.Add(Task.Run(() => ByPeople("suppresses", Suppress, stop), CancellationToken.None));
        doing.Add(Task.Run(() => ByPeople("rests", Rest, stop), CancellationToken.None));
        doing.Add(Task.Run(() => Care(stop), CancellationToken.None));
        if (world.Cluster is not null) doing.Add(Task.Run(() => ToDatabase(length, stop), CancellationToken.None));
        await Task.WhenAll(doing);
    }

    private async Task ToNode(Node node, CancellationToken stop)
    {
        var random = world.Seed.For($"{wave} {node.Name}");
        while (await Wait(Between(random, 4, 14), stop))
        {
            await _faulty.WaitAsync(CancellationToken.None);
            if (!stop.IsCancellationRequested) await Harm(node, random);
            _faulty.Release();
        }
    }

    private async Task Harm(Node node, Random random)
    {
        var what = random.NextDouble();
        if (what < 0.4 || (!node.HasProxy && what < 0.7))
        {
            await node.Kill();
            deeds.Killed();
            await Task.Delay(Between(random, 0, 3), CancellationToken.None);
            await node.Start();
        }
        else if (what < 0.7 || !node.HasProxy)
        {
            deeds.Froze();
            await node.Freeze(Pause(random));
        }
        else
        {
            deeds.CutOff();
            await node.Blackhole(Pause(random), reset: random.Next(2) == 0);
        }
    }

    private async Task ToDatabase(TimeSpan length, CancellationToken stop)
    {
        var random = world.Seed.For($"{wave} database");
        var since = Stopwatch.GetTimestamp();
        var crashed = false;
        while (await Wait(Between(random, 4, 12), stop))
        {
            try
            {
                if (!crashed && Stopwatch.GetElapsedTime(since) > length / 2)
                {
                    crashed = true;
                    deeds.Crashed();
                    await world.Cluster!.Crash();
                }
                else deeds.Cut(await world.Database.Number(SomeSessions));
            }
            catch (DbException)
            {
                // It is just recovering.
            }
        }
    }

    private async Task ByPeople(string who, Func<Random, Task> what, CancellationToken stop)
    {
        var random = world.Seed.For($"{wave} {who}");
        while (await Wait(Between(random, 1, 6), stop)) await what(random);
    }

    /// <summary>Sends a task and stops it in mid-send.</summary>
    private async Task Cancel(Random random)
    {
        if (!toCancel.TryDequeue(out var task)) return;
        if (await world.Api.Try("POST", $"/v1/email-tasks/{task}/send") is not { Ok: true }) return;
        await Task.Delay(Between(random, 0.2, 3));
        if (await world.Api.Try("POST", $"/v1/email-tasks/{task}/cancel") is { Ok: true } answer) deeds.Cancels.Enqueue(new Cancelled(task, answer.Stamp));
    }

    private async Task Suppress(Random random)
    {
        var addresses = Enumerable.Range(0, 5).Select(_ => people[random.Next(people.Count)]).Distinct().ToList();
        if (await world.Api.Try("POST", "/v1/suppressions", new { addresses }) is not { Ok: true } answer) return;
        foreach (var address in addresses) deeds.Suppressions.Enqueue(new Suppressed(address, answer.Micros));
    }

    private async Task Rest(Random random)
    {
        var box = world.Boxes[random.Next(world.Boxes.Count)];
        await _rests.WaitAsync();
        try
        {
            var clear = _lost == 0 || Stopwatch.GetElapsedTime(_lost) > Forgotten;
            if (await world.Api.Try("POST", $"/v1/mailboxes/{box.Id}/pause") is not { Ok: true } answer) return;
            await Task.Delay(Between(random, 1.5, 4));
            if (clear) deeds.Pauses.Enqueue(new Rested(box.Address, answer.Stamp, Stopwatch.GetTimestamp()));
            await Resume(box.Id);
        }
        finally
        {
            _rests.Release();
        }
    }

    /// <summary>Somebody looks after mailboxes that were paused by what the mail server said, or whose resume got lost.</summary>
    private async Task Care(CancellationToken stop)
    {
        while (await Wait(TimeSpan.FromSeconds(8), stop)) await ResumeAll();
    }

    /// <summary>Resumes what waits for a person.</summary>
    public async Task ResumeAll()
    {
        await _rests.WaitAsync();
        try
        {
            foreach (var mailbox in await world.Database.Paused()) await Resume(mailbox);
        }
        catch (DbException)
        {
            // It is just recovering.
        }
        finally
        {
            _rests.Release();
        }
    }

    private async Task Resume(string mailbox)
    {
        if (await world.Api.Try("POST", $"/v1/mailboxes/{mailbox}/resume") is null) _lost = Stopwatch.GetTimestamp();
    }

    /// <summary>Mostly short, sometimes longer than leases and reapers wait: 2 to 40 s.</summary>
    private static TimeSpan Pause(Random random) => random.NextDouble() < 0.75 ? Between(random, 2, 9) : Between(random, 9, 40);

    private static TimeSpan Between(Random random, double from, double to) => TimeSpan.FromSeconds(from + (random.NextDouble() * (to - from)));

    private static async Task<bool> Wait(TimeSpan time, CancellationToken stop)
    {
        await Task.Delay(time, stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return !stop.IsCancellationRequested;
    }
}

using System.Diagnostics;
using EmailTasks.Core.Recipients;
using EmailTasks.Testing;

namespace EmailTasks.Chaos;

/// <summary>The most there was at any time, and what is allowed.</summary>
internal sealed record Limit(string What, int Most, int Allowed)
{
    public override string ToString() => $"{What}: {Most} of {Allowed}";
}

/// <summary>What the rows say against what the sink saw. The sink's log is the oracle.</summary>
internal sealed class Verdict
{
    /// <summary>Mail that was given up after its owner lost its lease counts no longer as under way, though the server may still think about it (ADR 0022).</summary>
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly List<string> _findings = [];

    /// <summary>What is wrong; empty is good.</summary>
    public IReadOnlyList<string> Findings => _findings;

    public int Duplicates { get; private set; }

    /// <summary>Refused after the dot for certain, and mailed again: that is no duplicate.</summary>
    public int Repeated { get; private set; }

    public int SentNotAccepted { get; private set; }

    public int AcceptedNotRecorded { get; private set; }

    /// <summary>Seconds from a cancel's answer to the last dot of its task; negative when all came before.</summary>
    public double WorstAfterCancel { get; private set; } = double.NegativeInfinity;

    public double WorstAfterPause { get; private set; } = double.NegativeInfinity;

    /// <summary>The most there were in any window, and what was allowed.</summary>
    public List<Limit> Limits { get; } = [];

    /// <summary>Nobody gets a second dot after one that may have been taken.</summary>
    public void JudgeDuplicates(IReadOnlyCollection<SinkTransaction> dotted)
    {
        foreach (var person in dotted.GroupBy(t => t.To[0], StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1))
        {
            var dots = person.OrderBy(t => t.DotStamp).ToList();
            if (dots.SkipLast(1).All(IsDefinitelyRefused)) Repeated++;
            else if (++Duplicates > 0) Find($"duplicate: {person.Key} {string.Join(", ", dots.Select(d => $"[{d.ReplyText ?? "no answer"}{(d.Accepted ? " taken" : "")}]"))}");
        }
        foreach (var token in dotted.Where(t => t.MessageId is not null).GroupBy(t => t.MessageId).Where(g => g.Select(t => t.To[0]).Distinct().Count() > 1))
            Find($"one Message-ID for two people: {token.Key}");
    }

    /// <summary>Rows against dots.</summary>
    public void JudgeRows(IReadOnlyCollection<SinkTransaction> dotted, IReadOnlyDictionary<string, Row> rows)
    {
        var taken = dotted.Where(t => t.Accepted).Select(t => t.To[0]).ToHashSet(StringComparer.Ordinal);
        foreach (var row in rows.Values)
        {
            if (row.Is == RecipientState.Sent && !taken.Contains(row.Address) && ++SentNotAccepted > 0) Find($"sent but not accepted: {row}");
            if (row.Is == RecipientState.Handed) Find($"handed at a quiet point: {row}");
        }
        foreach (var address in taken)
        {
            if (!rows.TryGetValue(address, out var row)) Find($"accepted but unknown: {address}");
            else if (row.Is is not (RecipientState.Sent or RecipientState.Uncertain) && ++AcceptedNotRecorded > 0) Find($"accepted but not recorded: {row}");
        }
    }

    /// <summary>No dot from a second after the answer.</summary>
    public void JudgeStops(IReadOnlyCollection<SinkTransaction> dotted, IReadOnlyDictionary<string, Row> rows, Deeds deeds)
    {
        var cancels = deeds.Cancels.GroupBy(c => c.Task).ToDictionary(g => g.Key, g => g.Min(c => c.Stamp)); // asked twice, the first answer counts
        foreach (var dot in dotted)
        {
            if (!rows.TryGetValue(dot.To[0], out var row) || !cancels.TryGetValue(row.Task, out var answered)) continue;
            var after = Seconds(answered, dot.DotStamp!.Value);
            WorstAfterCancel = Math.Max(WorstAfterCancel, after);
            if (after > Grace.TotalSeconds) Find($"a dot {after:F2} s after the cancel of {row.Task}: {row.Address}");
        }
        foreach (var pause in deeds.Pauses)
        {
            foreach (var dot in dotted.Where(d => d.From == pause.Mailbox && d.DotStamp > pause.From && d.DotStamp < pause.Until))
            {
                var after = Seconds(pause.From, dot.DotStamp!.Value);
                WorstAfterPause = Math.Max(WorstAfterPause, after);
                if (after > Grace.TotalSeconds) Find($"a dot {after:F2} s after the pause of {pause.Mailbox}: {dot.To[0]}");
            }
        }
    }

    /// <summary>Nobody is handed over after the answer of a suppression.</summary>
    public void JudgeSuppressions(IReadOnlyDictionary<string, Row> rows, Deeds deeds)
    {
        foreach (var suppressed in deeds.Suppressions)
        {
            if (rows.TryGetValue(suppressed.Address, out var row) && row.BegunAt > suppressed.Micros)
                Find($"handed over {(row.BegunAt - suppressed.Micros) / 1e6:F3} s after its suppression: {row}");
        }
    }

    /// <summary>Hits that were answered and are in no row: they waited to be written when their node was killed.</summary>
    public int HitsLost { get; private set; }

    /// <summary>What recipients did is known, once; and nothing is known of what nobody did.</summary>
    public async Task JudgeReactions(IReadOnlyDictionary<string, Row> rows, Audience audience, Database database)
    {
        var optedOut = (await database.OptedOut()).ToHashSet(StringComparer.Ordinal);
        foreach (var (address, reaction) in audience.Meant)
        {
            if (!rows.TryGetValue(address, out var row)) continue;
            if (audience.Delivered.ContainsKey(address) && !row.Shows(reaction)) Find($"{reaction} was delivered and is not known: {row}");
            if (!audience.Answered.ContainsKey(address)) continue;
            if (reaction == Reaction.Unsubscribe && !(row.Shows(reaction) && optedOut.Contains(address))) Find($"an opt-out was answered and is not kept: {row}");
            if (reaction is Reaction.Open or Reaction.Click && !row.Shows(reaction)) HitsLost++;
        }
        foreach (var row in rows.Values)
        {
            foreach (var reaction in Enum.GetValues<Reaction>().Where(r => r != Reaction.ReplyTwice && row.Shows(r)))
            {
                if (!audience.Meant.TryGetValue(row.Address, out var meant) || (meant == Reaction.ReplyTwice ? Reaction.Reply : meant) != reaction) Find($"{reaction} is known and never happened: {row}");
            }
        }
        var replies = await database.Number("select count(*) from message where kind = 'reply'");
        if (replies != audience.Replies) Find($"{audience.Replies} replies were delivered, {replies} are kept");
    }

    /// <summary>Every limit, by the sink's clock.</summary>
    public void JudgeLimits(IReadOnlyCollection<SinkTransaction> dotted, IReadOnlyList<Box> boxes)
    {
        foreach (var box in boxes)
        {
            var mine = dotted.Where(d => d.From == box.Address).OrderBy(d => d.DotStamp).ToList();
            if (box.PerMinute is { } minute) Judge(box, "a minute", Most(mine, TimeSpan.FromMinutes(1)), minute);
            if (box.PerHour is { } hour) Judge(box, "an hour", Most(mine, TimeSpan.FromHours(1)), hour);
            Judge(box, $"at once (of {box.Connections})", AtOnce(mine), box.Connections);
        }
    }

    /// <summary>What the database says of itself.</summary>
    public async Task JudgeBooks(Database database)
    {
        foreach (var set in await database.Miscounted()) Find($"counters (rows/kept): {set}");
        foreach (var mailbox in await database.InFlight()) Find($"in flight at a quiet point: {mailbox}");
        foreach (var row in await database.OpenInSettled()) Find($"open in a settled task: {row}");
        foreach (var task in await database.Unsettled()) Find($"not settled: {task}");
    }

    public void Find(string what) => _findings.Add(what);

    private void Judge(Box box, string what, int most, int allowed)
    {
        var limit = new Limit(what, most, allowed);
        Limits.Add(limit);
        if (most > allowed) Find($"limit of {box.Address}: {limit}");
    }

    /// <summary>Answered with a no that settles it: 421 and x.4.x after a dot do not.</summary>
    private static bool IsDefinitelyRefused(SinkTransaction t) =>
        !t.Accepted && t.ReplyStamp is not null && t.ReplyCode is >= 400 and not 421 && t.ReplyText!.Split(' ') is not [_, [_, '.', '4', '.', ..], ..];

    private static int Most(List<SinkTransaction> dots, TimeSpan window)
    {
        var (most, first) = (0, 0);
        for (var last = 0; last < dots.Count; last++)
        {
            while (Stopwatch.GetElapsedTime(dots[first].DotStamp!.Value, dots[last].DotStamp!.Value) >= window) first++;
            most = Math.Max(most, last - first + 1);
        }
        return most;
    }

    /// <summary>From MAIL to the answer, of those that came to a dot: others may belong to somebody who was stopped and can't send any more.</summary>
    private static int AtOnce(List<SinkTransaction> dots)
    {
        var changes = new List<(long At, int By)>();
        foreach (var dot in dots)
        {
            var end = dot.ReplyStamp ?? dot.EndStamp ?? long.MaxValue;
            changes.Add((dot.BegunStamp, 1));
            changes.Add((Math.Min(end, dot.DotStamp!.Value + (long)(GivenUpAfter.TotalSeconds * Stopwatch.Frequency)), -1));
        }
        var (most, now) = (0, 0);
        foreach (var change in changes.OrderBy(c => c.At).ThenBy(c => c.By)) most = Math.Max(most, now += change.By);
        return most;
    }

    private static double Seconds(long from, long to) => (to - from) / (double)Stopwatch.Frequency;
}

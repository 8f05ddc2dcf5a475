using System.Collections.Concurrent;
using System.Globalization;
using EmailTasks.Testing;

namespace EmailTasks.Chaos;

/// <summary>One thing that goes wrong at a mail server.</summary>
/// <param name="PerMillion">How often, of the transactions that come so far.</param>
/// <param name="Reply">What the sink does, given 0..1.</param>
internal sealed record SinkFault(string Name, SinkStep Step, int PerMillion, Func<double, SinkReply> Reply);

/// <summary>Decides what the sink does to whom. The same recipient's same attempt meets the same fault under the same seed.</summary>
internal sealed class SinkFaults(Seed seed)
{
    /// <summary>
    /// A connection that is lost makes its mailbox rest for 15 seconds and more, so what loses one is rarer than what
    /// answers: one in some 1,400. Otherwise mailboxes would only rest.
    /// </summary>
    private static readonly SinkFault[] All =
    [
        new("421 at greeting", SinkStep.Connect, 2_000, _ => SinkReply.SayAndClose("421 4.3.0 not now")),
        new("reset at greeting", SinkStep.Connect, 2_000, _ => SinkReply.Reset),
        new("4xx at MAIL", SinkStep.Mail, 300, _ => SinkReply.Say("451 4.3.0 later")),
        new("5xx at MAIL", SinkStep.Mail, 40, _ => SinkReply.Say("550 5.7.1 not you")),
        new("421 at MAIL", SinkStep.Mail, 20, _ => SinkReply.SayAndClose("421 4.3.0 closing")),
        new("4xx at RCPT", SinkStep.Rcpt, 3_000, _ => SinkReply.Say("450 4.2.1 busy")),
        new("5xx at RCPT", SinkStep.Rcpt, 2_000, _ => SinkReply.Say("550 5.1.1 no such user")),
        new("421 at RCPT", SinkStep.Rcpt, 20, _ => SinkReply.SayAndClose("421 4.3.0 closing")),
        new("reset at RCPT", SinkStep.Rcpt, 60, _ => SinkReply.Reset),
        new("slow RCPT", SinkStep.Rcpt, 2_000, u => SinkReply.DefaultAfter(Short(u))),
        new("very slow RCPT", SinkStep.Rcpt, 150, u => SinkReply.DefaultAfter(Long(u))),
        new("silent at RCPT", SinkStep.Rcpt, 30, u => SinkReply.Reset.After(Long(u))),
        new("4xx at DATA", SinkStep.Data, 1_000, _ => SinkReply.Say("451 4.3.2 later")),
        new("5xx at DATA", SinkStep.Data, 500, _ => SinkReply.Say("554 5.6.0 not this")),
        new("reset at DATA", SinkStep.Data, 60, _ => SinkReply.Reset),
        new("slow DATA", SinkStep.Data, 2_000, u => SinkReply.DefaultAfter(Short(u))),
        new("very slow DATA", SinkStep.Data, 150, u => SinkReply.DefaultAfter(Long(u))),
        new("reset in the text", SinkStep.Body, 100, _ => SinkReply.Reset),
        new("4xx after the dot", SinkStep.Dot, 1_500, _ => SinkReply.Say("451 4.3.0 later")),
        new("5xx after the dot", SinkStep.Dot, 500, _ => SinkReply.Say("554 5.6.0 not this")),
        new("4.4.x after the dot", SinkStep.Dot, 300, _ => SinkReply.Say("451 4.4.2 lost")),
        new("421 after the dot", SinkStep.Dot, 30, _ => SinkReply.SayAndClose("421 4.3.0 closing")),
        new("taken, 250 lost", SinkStep.Dot, 200, _ => SinkReply.TakeAndLoseThe250),
        new("taken, then reset", SinkStep.Dot, 150, _ => SinkReply.TakeAndReset),
        new("not taken, closed", SinkStep.Dot, 80, _ => SinkReply.Close),
        new("taken, silent, then reset", SinkStep.Dot, 40, u => SinkReply.TakeAndReset.After(Long(u))),
        new("not taken, silent, then reset", SinkStep.Dot, 30, u => SinkReply.Reset.After(Long(u))),
        new("slow 250", SinkStep.Dot, 3_000, u => SinkReply.DefaultAfter(Short(u))),
        new("very slow 250", SinkStep.Dot, 250, u => SinkReply.DefaultAfter(Long(u))),
    ];

    private static readonly ILookup<SinkStep, SinkFault> ByStep = All.ToLookup(f => f.Step);

    private readonly ConcurrentDictionary<string, int> _done = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _tries = new(StringComparer.Ordinal);
    private int _others;

    /// <summary>False: the sink is friendly.</summary>
    public volatile bool On = true;

    /// <summary>What was done, how often.</summary>
    public IReadOnlyDictionary<string, int> Done => _done;

    /// <summary>The sink's script.</summary>
    public SinkReply? Script(SinkEvent e)
    {
        if (!On || !ByStep.Contains(e.Step)) return null;
        var question = Question(e);
        var roll = seed.Roll(question) * 1_000_000;
        foreach (var fault in ByStep[e.Step])
        {
            if ((roll -= fault.PerMillion) >= 0) continue;
            _done.AddOrUpdate(fault.Name, 1, static (_, n) => n + 1);
            return fault.Reply(seed.Roll(question + "!"));
        }
        return null;
    }

    /// <summary>Before RCPT nobody knows for whom it is.</summary>
    private string Question(SinkEvent e)
    {
        if (e.Mail is not { To.Count: > 0 } mail) return string.Create(CultureInfo.InvariantCulture, $"{e.Step} {Interlocked.Increment(ref _others)}");
        var to = mail.To[0];
        var attempt = e.Step == SinkStep.Rcpt ? _tries.AddOrUpdate(to, 1, static (_, n) => n + 1) : _tries.GetValueOrDefault(to);
        return string.Create(CultureInfo.InvariantCulture, $"{e.Step} {to} {attempt}");
    }

    private static TimeSpan Short(double u) => TimeSpan.FromSeconds(u * 2);

    private static TimeSpan Long(double u) => TimeSpan.FromSeconds(u * 90);
}

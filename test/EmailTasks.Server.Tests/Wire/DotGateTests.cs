using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Wire;
using EmailTasks.Testing;
using Xunit;
using static EmailTasks.Server.Tests.Wire.WireWorld;

namespace EmailTasks.Server.Tests.Wire;

public sealed class DotGateTests
{
    [Fact]
    public void Exactly_one_of_dot_and_refusal_wins()
    {
        // Two threads run along the same row of gates, each waiting for the other at every one of them.
        const int count = 300_000;
        var gates = Enumerable.Range(0, count).Select(_ => OpenGate()).ToArray();
        var dotted = new bool[count];
        var refused = new bool[count];
        int ahead = 0, behind = 0;
        var other = new Thread(() =>
        {
            for (var i = 0; i < count; i++)
            {
                Volatile.Write(ref behind, i + 1);
                while (Volatile.Read(ref ahead) <= i) Thread.SpinWait(1);
                refused[i] = gates[i].TryRefuse();
            }
        });
        other.Start();
        for (var i = 0; i < count; i++)
        {
            Volatile.Write(ref ahead, i + 1);
            while (Volatile.Read(ref behind) <= i) Thread.SpinWait(1);
            dotted[i] = gates[i].TryDot();
        }
        other.Join();
        for (var i = 0; i < count; i++)
        {
            Assert.True(dotted[i] ^ refused[i], $"gate {i}: dotted {dotted[i]}, refused {refused[i]}");
            Assert.Equal(dotted[i] ? DotGateState.Dotted : DotGateState.Refused, gates[i].State);
        }
    }

    [Fact]
    public void A_predicate_that_says_no_or_throws_refuses_for_good()
    {
        var asked = 0;
        var gate = new DotGate(() => asked++ > 0);
        Assert.False(gate.TryDot());
        Assert.False(gate.TryDot());
        Assert.Equal(1, asked);
        Assert.False(new DotGate(() => throw new InvalidOperationException()).TryDot());
    }

    [Fact]
    public async Task The_predicate_is_asked_once_and_after_the_server_has_invited_the_body()
    {
        await using var sink = SmtpSink.Start();
        await using var session = await OpenAsync(sink);
        var asked = 0;
        var invited = false;
        sink.Script = e =>
        {
            if (e.Step == SinkStep.Data) invited = true;
            return null;
        };
        var report = await session.SendAsync(Mail(3000), From, "you@there.example", new DotGate(() =>
        {
            Assert.True(invited);
            asked++;
            return true;
        }), Ct);
        Assert.Equal(VerdictOutcome.Sent, SmtpVerdicts.Judge(report).Outcome);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task Cancelled_before_the_gate_nothing_leaves()
    {
        foreach (var step in new[] { SinkStep.Mail, SinkStep.Rcpt, SinkStep.Data })
        {
            using var abort = new CancellationTokenSource();
            await using var sink = SmtpSink.Start(e =>
            {
                if (e.Step != step) return null;
                abort.Cancel();
                return SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(100));
            });
            await using var session = await OpenAsync(sink);
            var gate = OpenGate();
            var report = await session.SendAsync(Mail(3000), From, "you@there.example", gate, abort.Token);
            Assert.Equal(SmtpEnding.Cancelled, report.Ending);
            Assert.Equal(DotGateState.Refused, gate.State);
            Assert.False(session.Usable);
            Assert.Empty(sink.Dotted);
        }
    }

    [Fact]
    public async Task Cancelled_after_the_gate_the_answer_is_still_awaited()
    {
        using var abort = new CancellationTokenSource();
        await using var sink = SmtpSink.Start(e =>
        {
            if (e.Step != SinkStep.Dot) return null;
            abort.Cancel();
            return SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(300));
        });
        await using var session = await OpenAsync(sink);
        var report = await session.SendAsync(Mail(3000), From, "you@there.example", OpenGate(), abort.Token);
        Assert.Equal(VerdictOutcome.Sent, SmtpVerdicts.Judge(report).Outcome);
        Assert.True(session.Usable);
    }

    [Fact]
    public async Task Cancelled_at_random_moments_the_report_and_the_server_agree()
    {
        await using var sink = SmtpSink.Start(e => e.Step is SinkStep.Mail or SinkStep.Data or SinkStep.Dot ? SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(1)) : null);
        var random = new Random(7);
        var delays = Enumerable.Range(2000, 1500).ToDictionary(n => n, _ => TimeSpan.FromMilliseconds(random.NextDouble() * 12));
        var reports = new System.Collections.Concurrent.ConcurrentDictionary<int, AttemptReport>();
        await Parallel.ForEachAsync(delays, new ParallelOptions { MaxDegreeOfParallelism = 12, CancellationToken = Ct }, async (p, ct) =>
        {
            await using var session = await OpenAsync(sink);
            using var abort = new CancellationTokenSource(p.Value);
            reports[p.Key] = await session.SendAsync(Mail(p.Key), From, $"r{p.Key}@there.example", OpenGate(), abort.Token);
        });
        var saw = BySize(sink);
        var outcomes = reports.ToDictionary(r => r.Key, r => SmtpVerdicts.Judge(r.Value).Outcome);
        Assert.Contains(VerdictOutcome.Sent, outcomes.Values);
        Assert.Contains(VerdictOutcome.NotSent, outcomes.Values);
        Assert.All(outcomes, o => Assert.Equal(saw.TryGetValue(o.Key, out var t) && t.DotSeenAt is not null, o.Value == VerdictOutcome.Sent));
    }

    [Fact]
    public async Task A_cancelled_token_or_a_used_gate_says_nothing_to_the_server_and_keeps_the_session()
    {
        await using var sink = SmtpSink.Start();
        await using var session = await OpenAsync(sink);
        var cancelled = await session.SendAsync(Mail(3000), From, "you@there.example", OpenGate(), new CancellationToken(true));
        var used = OpenGate();
        used.TryRefuse();
        var refused = await session.SendAsync(Mail(3000), From, "you@there.example", used, Ct);
        Assert.Equal((SmtpEnding.Cancelled, SmtpPhase.Ready), (cancelled.Ending, cancelled.Phase));
        Assert.Equal((SmtpEnding.GateRefused, SmtpPhase.Ready), (refused.Ending, refused.Phase));
        Assert.Empty(sink.Log);
        Assert.True(session.Usable);
    }
}

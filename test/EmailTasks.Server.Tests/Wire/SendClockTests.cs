using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Wire;

public sealed class SendClockTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void The_gate_is_asked_at_the_last_byte_and_once()
    {
        var asked = 0;
        using var clock = Clock(new DotGate(() => asked++ == 0));
        clock.Report(999, 900);   // MailKit's own total does not count dot-stuffing
        Assert.Equal((0, SmtpPhase.Body), (asked, clock.Phase));
        clock.Report(1000, 900);
        clock.Report(1001, 900);
        Assert.Equal((1, SmtpPhase.Dot), (asked, clock.Phase));
    }

    [Fact]
    public void Every_phase_has_its_own_limit_and_blocks_are_counted_anew()
    {
        foreach (var (phase, limit) in new[] { (SmtpPhase.Mail, 5), (SmtpPhase.Rcpt, 5), (SmtpPhase.Data, 2), (SmtpPhase.Body, 3) })
        {
            using var clock = Clock(new DotGate(() => true));
            time.Advance(TimeSpan.FromMinutes(1));
            clock.Enter(phase);
            time.Advance(TimeSpan.FromMinutes(phase == SmtpPhase.Mail ? limit - 1 : limit) - TimeSpan.FromSeconds(1));
            Assert.False(clock.Token.IsCancellationRequested);
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(clock is { TimedOut: true, Token.IsCancellationRequested: true });
        }
        using var slow = Clock(new DotGate(() => true));
        for (var i = 1; i <= 10; i++)
        {
            slow.Report(i * 10);
            time.Advance(TimeSpan.FromSeconds(179));
        }
        Assert.False(slow.TimedOut);
    }

    [Fact]
    public void After_the_gate_only_ten_minutes_end_the_wait()
    {
        using var abort = new CancellationTokenSource();
        var gate = new DotGate(() => true);
        using var clock = Abortable(gate, abort.Token);
        clock.Report(1000);
        abort.Cancel();
        time.Advance(TimeSpan.FromMinutes(9.99));
        Assert.False(clock.Token.IsCancellationRequested);
        time.Advance(TimeSpan.FromMinutes(0.01));
        Assert.True(clock is { TimedOut: true, Aborted: false, Token.IsCancellationRequested: true });
        Assert.Equal(DotGateState.Dotted, gate.State);
    }

    [Fact]
    public void Before_the_gate_a_limit_or_an_abort_refuses_it()
    {
        using var abort = new CancellationTokenSource();
        var aborted = new DotGate(() => true);
        using var first = Abortable(aborted, abort.Token);
        abort.Cancel();
        Assert.True(first is { Aborted: true, TimedOut: false });
        Assert.Throws<GateRefusedException>(() => first.Report(1000));

        var late = new DotGate(() => true);
        using var second = Clock(late);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Throws<GateRefusedException>(() => second.Report(1000));
        Assert.Equal(DotGateState.Refused, late.State);
    }

    private SendClock Clock(DotGate gate) => Abortable(gate, CancellationToken.None);

    private SendClock Abortable(DotGate gate, CancellationToken abort) => new(gate, 1000, SmtpTimeouts.Standard, time, abort);
}

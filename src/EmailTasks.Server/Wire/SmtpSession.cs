using EmailTasks.Core.Dispatch;
using MailKit;
using MailKit.Net.Smtp;
using MimeKit;

namespace EmailTasks.Server.Wire;

/// <summary>What opening a session came to: a session, or the report of why there is none. Exactly one is set.</summary>
public sealed record SessionOpening(SmtpSession? Session, AttemptReport? Failure);

/// <summary>
/// One open, authenticated SMTP session: one transaction at a time, one recipient each. It reports what happened and judges nothing.
/// <see cref="SendAsync"/> never throws: after the gate an exception would be a lost verdict.
/// </summary>
public sealed class SmtpSession : IMailSession
{
    private readonly WireClient client;
    private readonly WireTap tap;
    private readonly SmtpSettings settings;
    private long idleSince;
    private int busy;
    private bool discarded;

    internal SmtpSession(WireClient client, WireTap tap, SmtpSettings settings)
    {
        this.client = client;
        this.tap = tap;
        this.settings = settings;
        idleSince = settings.Time.GetTimestamp();
    }

    /// <summary>Whether another mail may go through this session; false is final.</summary>
    public bool Usable => !discarded && client.IsConnected;

    /// <summary>How long nothing has been said, by the monotonic clock.</summary>
    public TimeSpan IdleFor => settings.Time.GetElapsedTime(Volatile.Read(ref idleSince));

    /// <summary>When something was last said.</summary>
    public DateTimeOffset IdleSince => settings.Time.GetUtcNow() - IdleFor;

    /// <summary>Connects, protects, logs in. Only <paramref name="ct"/>'s cancellation and the time limits end it early; never throws.</summary>
    public static Task<SessionOpening> OpenAsync(SmtpSettings settings, CancellationToken ct) => SmtpOpening.OpenAsync(settings, ct);

    /// <summary>
    /// Sends one mail to one recipient. <paramref name="abortBeforeGate"/> stops it as long as the gate is open; once the dot may
    /// have left, only the ten-minute limit ends the wait.
    /// </summary>
    /// <param name="message">Rendered message; it is prepared to 7-bit here and must not be shared with another send at the same time.</param>
    /// <param name="from">Envelope sender.</param>
    /// <param name="to">Envelope recipient.</param>
    /// <param name="gate">A fresh gate of this attempt.</param>
    /// <param name="abortBeforeGate">Stops the send before the gate.</param>
    public async Task<AttemptReport> SendAsync(MimeMessage message, string from, string to, DotGate gate, CancellationToken abortBeforeGate)
    {
        if (Interlocked.Exchange(ref busy, 1) == 1) throw new InvalidOperationException("One transaction at a time.");
        try
        {
            var (mail, refusal) = Check(message, from, to);
            if (refusal is { } ending) return new AttemptReport(SmtpPhase.Ready, false, ending, null, null, null);
            if (abortBeforeGate.IsCancellationRequested && gate.TryRefuse()) return new AttemptReport(SmtpPhase.Ready, false, SmtpEnding.Cancelled, null, null, null);
            if (gate.State != DotGateState.Open) return new AttemptReport(SmtpPhase.Ready, false, SmtpEnding.GateRefused, null, null, null);

            var report = await TransactAsync(mail!, gate, abortBeforeGate);
            if (!report.LeavesSessionDefined) Discard();
            return report;
        }
        finally
        {
            Volatile.Write(ref idleSince, settings.Time.GetTimestamp());
            Volatile.Write(ref busy, 0);
        }
    }

    /// <summary>Asks whether the server is still there; false discards the session.</summary>
    public async Task<bool> NoopAsync()
    {
        if (!Usable) return false;
        using var limit = new CancellationTokenSource(settings.Timeouts.Aside, settings.Time);
        try
        {
            await client.NoOpAsync(limit.Token);
            Volatile.Write(ref idleSince, settings.Time.GetTimestamp());
            return true;
        }
        catch (Exception)
        {
            Discard();
            return false;
        }
    }

    /// <summary>Says QUIT when that is still possible, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (Usable)
            {
                using var limit = new CancellationTokenSource(settings.Timeouts.Quit, settings.Time);
                await client.DisconnectAsync(quit: true, limit.Token);
            }
        }
        catch (Exception)
        {
            // A farewell that fails is none.
        }
        Discard();
    }

    /// <summary>What MailKit would not check: it sends beyond SIZE and to servers without SMTPUTF8.</summary>
    private (WireMessage?, SmtpEnding?) Check(MimeMessage message, string from, string to)
    {
        if (!Usable) return (null, SmtpEnding.Lost);
        WireMessage mail;
        try
        {
            mail = WireMessage.Ready(message, from, to);
        }
        catch (Exception)
        {
            return (null, SmtpEnding.Unsendable);
        }
        if (mail.NeedsSmtpUtf8 && !client.Capabilities.HasFlag(SmtpCapabilities.UTF8)) return (null, SmtpEnding.NeedsSmtpUtf8);
        if (client.Capabilities.HasFlag(SmtpCapabilities.Size) && client.MaxSize > 0 && mail.Size > client.MaxSize) return (null, SmtpEnding.TooLarge);
        return (mail, null);
    }

    private async Task<AttemptReport> TransactAsync(WireMessage mail, DotGate gate, CancellationToken abortBeforeGate)
    {
        using var clock = new SendClock(gate, mail.WireSize, settings.Timeouts, settings.Time, abortBeforeGate);
        client.MessageSize = mail.Size;
        client.Entered = clock.Enter;
        tap.BodyInvited = () => clock.Enter(SmtpPhase.Body);
        tap.ResetSent = clock.Decided;
        try
        {
            var text = await client.SendAsync(FormatOptions.Default, mail.Message, mail.From, [mail.To], clock.Token, clock);
            return Replied(clock, gate, 250, text) with { Phase = SmtpPhase.Dot, Dotted = true };
        }
        catch (Exception e)
        {
            return Ended(clock, gate, e);
        }
        finally
        {
            client.Entered = null;
            tap.BodyInvited = null;
            tap.ResetSent = null;
        }
    }

    /// <summary>The kind of exception comes first: a reply is a reply even when the limit passed while the session was being reset.</summary>
    private static AttemptReport Ended(SendClock clock, DotGate gate, Exception e) => e switch
    {
        SmtpCommandException reply => Replied(clock, gate, (int)reply.StatusCode, reply.Message),
        ServiceNotAuthenticatedException reply => Replied(clock, gate, 530, reply.Message),
        _ when clock.TimedOut => Report(clock, gate, SmtpEnding.Timeout),
        _ when clock.Aborted => Report(clock, gate, SmtpEnding.Cancelled),
        GateRefusedException => Report(clock, gate, SmtpEnding.GateRefused),
        _ => Report(clock, gate, SmtpEnding.Lost),
    };

    private static AttemptReport Replied(SendClock clock, DotGate gate, int code, string text) =>
        Report(clock, gate, SmtpEnding.Reply) with { Code = code, Enhanced = ReplyText.Enhanced(code, text), Text = ReplyText.Clean(text) };

    private static AttemptReport Report(SendClock clock, DotGate gate, SmtpEnding ending) =>
        new(clock.Phase, gate.State == DotGateState.Dotted, ending, null, null, null);

    private void Discard()
    {
        discarded = true;
        client.Dispose();
    }
}

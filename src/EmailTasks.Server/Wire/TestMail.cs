using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Storage.Rows;
using MimeKit;

namespace EmailTasks.Server.Wire;

/// <summary>One mail through a session of its own, beside whatever the mailbox's lane does: a test that somebody waits for.</summary>
public static class TestMail
{
    /// <summary>Opens, hands over, closes; says what came of it.</summary>
    /// <param name="mayDot">Asked at the moment of the dot.</param>
    public static async Task<(AttemptReport Report, SmtpVerdict Verdict)> Send(MailboxAccess mailboxes, MailboxRow mailbox, MimeMessage message, string to, Func<bool> mayDot, CancellationToken ct)
    {
        var (session, failure) = await mailboxes.OpenAsync(mailbox, ct);
        if (session is null) return (failure!, SmtpVerdicts.Judge(failure!));
        await using (session)
        {
            var report = await session.SendAsync(message, mailbox.Address, to, new DotGate(mayDot), ct);
            return (report, SmtpVerdicts.Judge(report));
        }
    }
}

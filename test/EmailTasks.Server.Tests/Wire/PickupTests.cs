using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Wire;
using MimeKit;
using Xunit;

namespace EmailTasks.Server.Tests.Wire;

/// <summary>A file that counts as delivered is the whole mail, and trouble with the folder is nobody's fault.</summary>
public sealed class PickupTests : IDisposable
{
    private const string Token = "abc";

    private readonly string _folder = Directory.CreateTempSubdirectory("email-tasks-pickup-").FullName;

    private string Spool => Path.Combine(_folder, ".spool", Token);

    private string Out => Path.Combine(_folder, Token + ".eml");

    public PickupTests() => Directory.CreateDirectory(Path.Combine(_folder, ".spool"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<AttemptReport> Send(Func<bool>? mayDot = null)
    {
        using var message = new MimeMessage { MessageId = Token + "@brand.example", Subject = "Hello", Body = new TextPart("plain") { Text = "Whole." } };
        await using var session = new PickupSession(_folder, TimeProvider.System);
        return await session.SendAsync(message, "mia@brand.example", "ana@creators.example", new DotGate(mayDot ?? (() => true)), CancellationToken.None);
    }

    [Fact]
    public async Task What_could_not_be_written_whole_is_never_called_delivered()
    {
        File.CreateSymbolicLink(Spool, "/dev/full"); // writing there fails as on a full disk
        var report = await Send();
        if (SmtpVerdicts.Judge(report).Outcome != VerdictOutcome.Sent) Assert.False(PickupSession.Recover(_folder, Token, mayDeliver: true));
        else Assert.Contains("Whole.", await File.ReadAllTextAsync(Out));
    }

    [Fact]
    public void A_mail_that_was_being_written_when_the_process_died_proves_nothing()
    {
        File.WriteAllText(Spool + ".part", "Who");
        Assert.False(PickupSession.Recover(_folder, Token, mayDeliver: true));
        Assert.Empty(Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void What_lay_in_the_spool_when_its_task_was_stopped_never_leaves()
    {
        File.WriteAllText(Spool, "Whole.");
        Assert.False(PickupSession.Recover(_folder, Token, mayDeliver: false));
        Assert.Empty(Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_folder_that_takes_no_name_burns_no_recipient()
    {
        var report = await Send(() =>
        {
            File.Delete(Spool);
            return true;
        });
        var verdict = SmtpVerdicts.Judge(report);
        Assert.Equal(VerdictOutcome.NotSent, verdict.Outcome);
        Assert.Equal(MailboxEffect.Failing, verdict.Mailbox);
    }
}

using EmailTasks.Contracts;
using EmailTasks.Core.Dns;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Wire;

namespace EmailTasks.Server.Features.Mailboxes;

/// <summary>
/// Tries a mailbox while somebody waits: both logins and the domain's records at the same time. It reads only: whatever it finds,
/// no mail is sent and the mailbox stays as it is. Trouble is the answer, not a failure of the call.
/// </summary>
internal static class Check
{
    public static async Task<Outcome<MailboxCheck>> Handle(CheckMailbox input, Call call, CancellationToken ct)
    {
        if (await call.Read(db => MailboxRows.Load(db, call.Account, input.SenderId)) is not { } row) return Refusal.NotFound("mailbox", input.SenderId, "sender_id");
        var at = call.App.Store.Now;
        var (smtp, inbound, domain) = (call.App.Mailboxes.TrySmtp(row, stored: true, ct), call.App.Mailboxes.TryInbound(row, stored: true, ct), Domain(call, row, ct));
        await Task.WhenAll(smtp, inbound, domain);
        var (trouble, unread, found) = (await smtp, await inbound, await domain);
        call.App.Checks.Keep(row, at, found);
        var view = new MailboxCheck(
            row.Id, row.Address, trouble is null ? Works : new(false, trouble.Verdict.Reason, trouble.Verdict.Problem, trouble.Verdict.Fix),
            unread is null ? Works : new(unread.Code == "not_read" ? null : false, unread.Code, unread.Problem, unread.Fix),
            View(found.Spf), View(found.Dkim), View(found.Dmarc), Micros.At(at));
        return Outcome<MailboxCheck>.Done(view, $"{row.Address}: {Sentence(row, trouble, unread?.Code)} {Records(row, found)}");
    }

    private static LoginCheck Works { get; } = new(true, null, null, null);

    private static async Task<DomainFindings> Domain(Call call, MailboxRow row, CancellationToken ct)
    {
        if (row.Kind == "pickup") return new DomainFindings(Files, Files, Files);
        var domain = EmailAddress.TryParse(row.Address, out _)!.Domain;
        return await DomainCheck.RunAsync(call.App.Mailboxes.Names, call.App.Time, domain, MailboxAccess.SmtpHost(row), row.DkimSelector, ct);
    }

    /// <summary>Mail that stays on this machine is checked by nobody.</summary>
    private static DnsFinding Files { get; } = DnsFinding.Of(DnsResult.Unknown, "files", null, "This mailbox writes files: nothing leaves this machine, so its domain was not looked up.", null);

    private static DnsCheck View(DnsFinding f) => new(Word(f.Result), f.Code, f.Record, f.Problem, f.Fix);

    private static string Sentence(MailboxRow row, SmtpTrouble? trouble, string? unread)
    {
        var sending = trouble is null ? row.Kind == "pickup" ? "the folder can be written." : "sending works." : trouble.Verdict.Problem;
        return sending + (unread switch { null => " Replies can be read.", "not_read" => " Replies are not read.", _ => " Replies cannot be read." });
    }

    private static string Records(MailboxRow row, DomainFindings found) =>
        row.Kind == "pickup" ? "Nothing leaves this machine." : string.Join(", ", found.All.Select(f => $"{f.Name} {Word(f.Finding.Result)}")) + ".";

    private static string Word(DnsResult result) => result switch
    {
        DnsResult.Pass => "pass",
        DnsResult.Warning => "warning",
        DnsResult.None => "none",
        DnsResult.Permerror => "permerror",
        DnsResult.Temperror => "temperror",
        DnsResult.Unknown => "unknown",
    };
}

using EmailTasks.Contracts;
using EmailTasks.Core.Dns;
using EmailTasks.Core.Inbound;
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
        if (KeyLimits.Mailbox(call.Key, row.Id) is { } bound) return bound.At("sender_id");
        if (call.App.Checks.Take(row, call.App.Time.GetElapsedTime(0)) is { } tooMany) return tooMany;
        var at = call.App.Store.Now;
        var sender = EmailAddress.TryParse(row.Address, out _)!;
        var (smtp, inbound) = (call.App.Mailboxes.TrySmtp(row, stored: true, ct), Inbound(call, row, sender, ct));
        var domain = Domain(call, row, sender, inbound, ct);
        await Task.WhenAll(smtp, inbound, domain);
        var (trouble, (unread, _, authserv), found) = (await smtp, await inbound, await domain);
        call.App.Checks.Keep(row, at, found);
        // The one thing a check writes: what it learnt about the server, nothing about the mailbox as people set it.
        if (authserv is not null && row.Authserv is null) await call.App.Store.Write(db => InboundRows.LearnAuthserv(db, row.Id, authserv, row.Inbound!));
        var view = new MailboxCheck(
            row.Id, row.Address, trouble is null ? Works : new(false, trouble.Verdict.Reason, trouble.Verdict.Problem, trouble.Verdict.Fix),
            unread is null ? Works : new(unread.Code == "not_read" ? null : false, unread.Code, unread.Problem, unread.Fix),
            View(found.Spf), View(found.Dkim, found.Selector), View(found.Dmarc), ListHeaders(row), row.Authserv?.Id ?? authserv, Micros.At(at));
        return Outcome<MailboxCheck>.Done(view, $"{row.Address}: {Sentence(row, trouble, unread?.Code)} {Records(row, found)}");
    }

    /// <summary>What a test mail that came back showed; a check sends none.</summary>
    private static LoginCheck ListHeaders(MailboxRow row) => row.ListHeadersSigned switch
    {
        true => Works,
        false => new(false, "not_signed", "The mail server's DKIM signature leaves out the List headers, so no unsubscribe button is offered.", "Have it sign List-Unsubscribe and List-Unsubscribe-Post, then send a test to this address."),
        null => new(null, "not_shown", "No mail of this address has come back yet whose signature would show it.", $"Start the server with an https --public-url, give the mailbox inbound, and send it a test: noxinfluencer email test <task_id> --to {ShellLine.Quoted(row.Address)}"),
    };

    private static LoginCheck Works { get; } = new(true, null, null, null);

    private static async Task<InboundLook> Inbound(Call call, MailboxRow row, EmailAddress sender, CancellationToken ct) =>
        (row.DkimSelector is not null && row.Authserv is not null) || row.Kind == "pickup"
            ? new InboundLook(await call.App.Mailboxes.TryInbound(row, stored: true, ct), null, null)
            : await call.App.Mailboxes.LookInbound(row, sender, ct);

    private static async Task<DomainFindings> Domain(
        Call call, MailboxRow row, EmailAddress sender, Task<InboundLook> inbound, CancellationToken ct)
    {
        if (row.Kind == "pickup") return new DomainFindings(Files, Files, Files);
        return await DomainCheck.RunAsync(call.App.Mailboxes.Names, call.App.Time, sender.Domain, MailboxAccess.SmtpHost(row), Selectors(row, sender, inbound), ct);
    }

    /// <summary>A selector that was given is the one that counts: nobody's mail is looked at then, and no login waited for.</summary>
    private static async Task<IReadOnlyList<DkimSelector>?> Selectors(MailboxRow row, EmailAddress sender, Task<InboundLook> inbound) =>
        row.DkimSelector is { } given ? [new(given, sender.Domain, SelectorSource.Given)] : (await inbound).Selectors;

    /// <summary>Mail that stays on this machine is checked by nobody.</summary>
    private static DnsFinding Files { get; } = DnsFinding.Of(DnsResult.Unknown, "files", null, "This mailbox writes files: nothing leaves this machine, so its domain was not looked up.", null);

    private static DnsCheck View(DnsFinding f) => new(Word(f.Result), f.Code, f.Record, f.Problem, f.Fix);

    private static DkimKeyCheck View(DnsFinding f, DkimSelector? s) => new(Word(f.Result), f.Code, f.Record, f.Problem, f.Fix, s?.Selector, s is null ? null : Word(s.Source));

    private static string Word(SelectorSource source) => source switch
    {
        SelectorSource.Given => "given",
        SelectorSource.SentMail => "sent_mail",
        SelectorSource.OwnMail => "own_mail",
    };

    private static string Sentence(MailboxRow row, SmtpTrouble? trouble, string? unread)
    {
        var sending = trouble is null ? row.Kind == "pickup" ? "the folder can be written." : "sending works." : trouble.Verdict.Problem;
        return sending + (unread switch { null => " Replies can be read.", "not_read" => " Replies are not read.", _ => " Replies cannot be read." });
    }

    private static string Records(MailboxRow row, DomainFindings found) =>
        row.Kind == "pickup" ? "Nothing leaves this machine." : string.Join(", ", found.All.Select(f => $"{f.Name} {Word(f.Finding.Result)}")) + "." + Taken(found.Selector);

    private static string Taken(DkimSelector? selector) => selector is not { Source: not SelectorSource.Given }
        ? ""
        : $" The DKIM selector {selector.Selector} was taken from {(selector.Source == SelectorSource.SentMail ? "a mail in the Sent folder" : "a mail from this address in the inbox")}.";

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

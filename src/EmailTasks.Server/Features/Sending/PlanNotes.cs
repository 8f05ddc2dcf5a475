using EmailTasks.Contracts;
using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Dns;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending;

/// <summary>What speaks against a plan (refusals), and what somebody should look at (warnings).</summary>
internal static class PlanNotes
{
    /// <summary>Gmail shows no more of a message than this.</summary>
    private const int ClippedBytes = 100 * 1024;

    private const string PostalFix = "noxinfluencer account update --postal-address \"<address>\" --force";

    private static string Held(HeldPeople held) => held.IsWriting && held.Count == 0
        ? "The guard stopped a task a moment ago; its people are being written down."
        : $"The guard stopped a task with {(held.Count == 1 ? "1 person" : $"{held.Count} people")} of this one.";

    /// <summary>All refusals at once.</summary>
    public static List<PlanNote> Refusals(SendingPlan p, SendTerms terms)
    {
        var notes = new List<PlanNote>();
        void Add(bool when, string code, string problem, string fix, long count = 1, IReadOnlyList<string>? sample = null)
        {
            if (when) notes.Add(new PlanNote(code, count, problem, sample ?? [], fix));
        }
        foreach (var b in p.Bounds) Add(true, b.Code, b.Problem, b.Fix, b.Count, b.Sample is null ? null : [b.Sample]);
        Add(p.Content is null, "NO_CONTENT", "The task has no content.", $"noxinfluencer email content save {p.Task.Id} --body-file content.json --force");
        Add(p.Task.Sender is null, "NO_SENDER", "The task has no sender.", $"noxinfluencer email sender update {p.Task.Id} --body-file sender.json --force");
        Add(p.Task.Sender is not null && p.Mailbox is null, "SENDER_DISCONNECTED", "The task's mailbox was disconnected.", "Choose another: noxinfluencer email sender list");
        Add(p.Scan.Total == 0, "NO_RECIPIENTS", "The task has no recipients.", $"noxinfluencer email recipients add {p.Task.Id} --body-file recipients.json --force");
        Add(p.Scan.Total > 0 && p.Scan.ToSend == 0, "ALL_SUPPRESSED", "Everybody is on the suppression list.", "Choose other recipients.", p.Scan.Suppressed, p.Scan.SuppressedSample);
        Add(p.Held.Any && !terms.AllowHeld, "HELD_PEOPLE", Held(p.Held), "Look at the task that was stopped: a person who resumes it lets its people go. Or a person sends with allow_held.", Math.Max(1, p.Held.Count), p.Held.Sample);
        Add(terms.SendUntil <= p.Start, "SEND_UNTIL_PAST", terms.SendAt is null ? "send_until lies in the past." : "send_until lies before plan_send_at.", "Give a later one, or leave it out.");
        Add(p.Account?.Compliance == "strict" && NoPostalAddress(p), "NO_POSTAL_ADDRESS", "Neither the content nor the account names a postal address, and the account is strict about it.", PostalFix);
        foreach (var ((code, variable), finding) in p.Scan.Problems)
            notes.Add(new PlanNote(code.ToUpperInvariant(), finding.Count, Missing(code, variable, finding, p), finding.Sample, finding.Fix));
        Add(p.AlreadyMailedCount > 0 && !terms.AllowRepeat, "ALREADY_MAILED", "These people had the same content from another task within 7 days (or may get it: that task still runs).",
            "Take them out, change the content, or let a person override with allow_repeat.", p.AlreadyMailedCount, p.AlreadyMailed);
        return notes;
    }

    /// <summary>All warnings.</summary>
    public static List<PlanNote> Warnings(SendingPlan p, SendTerms terms)
    {
        var notes = new List<PlanNote>();
        void Add(bool when, string code, string problem, string fix, long count = 1, IReadOnlyList<string>? sample = null)
        {
            if (when) notes.Add(new PlanNote(code, count, problem, sample ?? [], fix));
        }
        var content = p.Compiled;
        Add(p.Mailbox?.Kind == "pickup", "FILES_ONLY", "The mailbox writes files: nothing leaves this machine.", "Connect a real mailbox: noxinfluencer mailbox connect --body-file mailbox.json --force");
        var address = p.Account?.PostalAddress;
        Add(content is { HasUnsubscribe: false }, "NO_OPT_OUT", "The content offers no way to opt out; the server adds a footer with one.", "Put {{ unsubscribe_url }} where you want it.");
        Add(NoPostalAddress(p) && p.Account?.Compliance != "strict", "NO_POSTAL_ADDRESS", "Neither the content nor the account names a postal address; many laws ask for one in commercial mail.", PostalFix);
        Add(content is { HasPostalAddress: false } && address is not null, "POSTAL_ADDRESS_ADDED", "The content names no postal address; the server adds a footer with the account's.", "Put {{ postal_address }} where you want it.");
        Add(content is { HasPostalAddress: true } && address is null, "POSTAL_ADDRESS_EMPTY", "The content uses {{ postal_address }}, but the account has none.", PostalFix);
        Add(p.Mailbox?.Inbound is null, "REPLIES_NOT_READ", "Nobody reads this mailbox's replies and bounces; reply numbers stay null.", "Give the mailbox inbound (IMAP or a maildir): noxinfluencer mailbox update");
        Add(p.Mailbox is { Inbound: not null, InboundFailingSince: not null }, "REPLIES_FAILING", $"This mailbox's replies can't be read at the moment. {p.Mailbox?.InboundProblem}", p.Mailbox?.InboundFix ?? "Check the mailbox: noxinfluencer mailbox check");
        Links(p, Add);
        foreach (var (name, finding) in p.Scan.Defaults) Add(true, "DEFAULT_USED", $"{name} is missing for {finding.Count}; the default is used.", finding.Fix, finding.Count, finding.Sample);
        var unused = content is null ? [] : p.Scan.Unused(content.VariablesUsed).ToList();
        Add(unused.Count > 0, "UNUSED_VARIABLES", $"Recipients bring variables the content does not use: {string.Join(", ", unused.Take(10).Select(u => u.Key))}.", "Use them, or ignore this.", unused.Count, [.. unused.Take(20).Select(u => u.Key)]);
        Add(content?.LeftOverMarkers.Count > 0, "LEFT_OVER_MARKERS", "The content holds what looks like a placeholder nobody filled.", "Mend it.", content?.LeftOverMarkers.Count ?? 0, content?.LeftOverMarkers);
        Add(content?.HtmlBytes > ClippedBytes, "HTML_OVER_100_KB", $"The HTML has {content?.HtmlBytes / 1024} KB; Gmail clips at about 100.", "Shorten it.");
        Cards(p, Add);
        Mailbox(p, terms, Add);
        Offset(p, terms, Add);
        return notes;
    }

    private static bool NoPostalAddress(SendingPlan p) => p.Compiled is { HasPostalAddress: false } && p.Account?.PostalAddress is null;

    private static void Cards(SendingPlan p, Add add)
    {
        var uses = p.Compiled?.BuiltInsUsed.Contains("product_cards") == true;
        add(p.Cards.Count > 0 && p.Compiled is not null && !uses, "CARDS_NOT_SHOWN", "Product cards are attached, but the content does not show them.", "Put {{ product_cards }} into it.", p.Cards.Count);
        add(p.Cards.Count == 0 && uses, "NO_CARDS", "The content shows product cards, but none are attached.", $"noxinfluencer email products replace {p.Task.Id} --body-file email-products.json --force");
        var stale = p.Cards.Where(c => c.Stale).ToList();
        add(stale.Count > 0, "CARDS_STALE", "Products changed after their cards were attached; the cards leave as attached.", "Attach them again to take the changes over.", stale.Count, [.. stale.Select(c => c.Title)]);
    }

    private static void Links(SendingPlan p, Add add)
    {
        var tracking = p.Part.Tracking;
        add(tracking.PublicUrl is null, "NO_PUBLIC_URL", "No public URL: opens and clicks are not tracked, opting out works by mail.", "Nothing to do unless you need them.");
        if (tracking.PublicUrl is null || tracking.OneClick) return;
        var secure = PlanLinks.TakesPost(tracking.PublicUrl);
        add(!secure, "NO_ONE_CLICK", "The public URL is not https: mail programs show no unsubscribe button for it.", "Put a TLS proxy before the server, and start it with --public-url https://…");
        add(secure && p.Mailbox is { Kind: not "pickup", ListHeadersSigned: false }, "NO_ONE_CLICK", "The mail server's DKIM signature leaves out the List headers: no unsubscribe button is offered, opting out works by link and by mail.", "Have it sign List-Unsubscribe and List-Unsubscribe-Post, then send yourself a test.");
        add(secure && p.Mailbox is { Kind: not "pickup", ListHeadersSigned: null }, "NO_ONE_CLICK", "Nothing has shown yet that the mail server's DKIM signature covers the List headers: no unsubscribe button is offered, opting out works by link and by mail.",
            $"Send yourself a test; reading it back tells: noxinfluencer email test {p.Task.Id} --to {p.Mailbox?.Address} --force");
    }

    private static void Offset(SendingPlan p, SendTerms terms, Add add)
    {
        if (terms.GivenAt is not { } written) return;
        var window = p.Mailbox is null ? null : MailboxWindow.Of(p.Mailbox);
        var zone = window?.Zone ?? TimeZoneInfo.FindSystemTimeZoneById(p.Account?.TimeZone ?? "UTC");
        var whose = window is null ? "the account's" : "the mailbox's";
        if (ScheduleRules.Elsewhere(Instants.Parse(written), zone) is { } local)
            add(true, "OFFSET_NOT_LOCAL", $"{written} is {local:yyyy-MM-dd HH:mm} in {zone.Id}, {whose} time zone.", "Read timing.instant; give another offset if you meant that zone's clock.");
    }

    private static void Mailbox(SendingPlan p, SendTerms terms, Add add)
    {
        if (p.Mailbox is not { } m) return;
        add(m.Version != p.Task.SenderVersion, "SENDER_STALE", "The mailbox changed after it was chosen; the task sends as it was.", "Choose it again to take the change over.");
        add(m.PausedReason is not null, "MAILBOX_PAUSED", $"The mailbox is paused: {m.HealthProblem}", $"{m.HealthFix} Then: noxinfluencer mailbox resume {m.Id} --force");
        add(m.PausedReason is null && m.Health == MailboxHealth.Failing, "MAILBOX_FAILING", $"The mailbox does not connect: {m.HealthProblem}", m.HealthFix ?? "");
        add(MailboxWindow.Of(m)?.IsInside(Micros.At(p.Start)) == false, "OUTSIDE_WINDOW", $"The mailbox's window is closed {(terms.SendAt is null ? "now" : "then")}; sending starts when it opens.", "See timing.first_at.");
        add(m.Kind == "gmail" && (m.PerDay > 200 || m.PerHour > 60 || m.PerMinute > 10), "ABOVE_DEFAULT", "The limits are above what is careful for Gmail.", "10 a minute, 60 an hour and 200 a day are.");
        if (m.Kind != "pickup") Domain(p.Domain, $"noxinfluencer mailbox check {m.Id}", add);
    }

    private static void Domain(Wire.DomainFindings? domain, string check, Add add)
    {
        add(domain is null, "DNS_NOT_CHECKED", "SPF, DKIM and DMARC of the sender's domain were not checked.", $"{check}; without them Gmail, Yahoo and Outlook refuse or hide bulk mail.");
        foreach (var (name, found) in domain?.All ?? [])
        {
            var open = found.Result is DnsResult.Temperror or DnsResult.Unknown;
            var code = open ? "DNS_NOT_CHECKED" : name switch { "SPF" => "SPF_PROBLEM", "DKIM" => "DKIM_PROBLEM", _ => "DMARC_PROBLEM" };
            add(found.Result != DnsResult.Pass, code, open ? $"{name} was not checked: {found.Problem}" : found.Problem ?? "", $"{found.Fix} Then: {check}");
        }
    }

    private delegate void Add(bool when, string code, string problem, string fix, long count = 1, IReadOnlyList<string>? sample = null);

    private static string Missing(string code, string? variable, Finding finding, SendingPlan p)
    {
        if (code != "missing_variable") return finding.Problem;
        var everybody = finding.Count == p.Scan.ToSend ? $"for all {finding.Count}" : $"for {finding.Count} of {p.Scan.ToSend}";
        var near = variable is null ? null : p.Scan.Unused(p.Compiled!.VariablesUsed).Select(u => u.Key).Append("name").FirstOrDefault(k => Near(k, variable));
        return $"{variable} is missing {everybody}{(near is null ? "" : $"; did you mean {near}?")}";
    }

    private static bool Near(string a, string b) => a != b && (a.Contains(b, StringComparison.Ordinal) || b.Contains(a, StringComparison.Ordinal) || Names.Distance(a, b) <= 2);
}

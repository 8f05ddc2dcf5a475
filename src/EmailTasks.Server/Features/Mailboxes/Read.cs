using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Mailboxes;

/// <summary>Reads mailboxes; secrets are never among it.</summary>
internal static class Read
{
    public static async Task<Outcome<Page<MailboxView>>> List(ListMailboxes input, Call call, CancellationToken ct)
    {
        var (ask, refusal) = Pages.Ask(input.PageSize, input.PageNum, input.Cursor);
        if (refusal is not null) return refusal;
        var listed = await call.Read(db => MailboxRows.List(db, call.Account, ask));
        return Outcome<Page<MailboxView>>.Done(Pages.Of(listed, ask, listed.Rows.ConvertAll(r => View(call, r))), Sentence(listed.Total));
    }

    public static async Task<Outcome<MailboxView>> Get(GetMailbox input, Call call, CancellationToken ct) =>
        await call.Read<Outcome<MailboxView>>(async db => await MailboxRows.Load(db, call.Account, input.SenderId) is { } row
            ? Outcome<MailboxView>.Done(View(call, row) with { Holds = Sending.Holding.Views(await HoldRows.Of(db, row.Id)) }, $"{row.Address}: {row.Health}.")
            : Refusal.NotFound("mailbox", input.SenderId, "sender_id"));

    public static async Task<Outcome<Page<SenderOption>>> Senders(ListSenders input, Call call, CancellationToken ct)
    {
        var (ask, refusal) = Pages.Ask(input.PageSize, input.PageNum, input.Cursor);
        if (refusal is not null) return refusal;
        return await call.Read<Outcome<Page<SenderOption>>>(async db =>
        {
            var task = input.TaskId is null ? null : await TaskRows.Load(db, call.Account, input.TaskId);
            if (input.TaskId is not null && task is null) return Refusal.NotFound("task", input.TaskId, "task_id");
            var listed = await MailboxRows.List(db, call.Account, ask);
            var options = listed.Rows.ConvertAll(m => new SenderOption(m.Id, m.Kind, m.Address, m.DisplayName, m.OwnerUid, Delivery(m.Kind), Health(m), LimitsOf(m, db.Now), task?.Mailbox == m.Id));
            return Outcome<Page<SenderOption>>.Done(Pages.Of(listed, ask, options), Sentence(listed.Total));
        });
    }

    /// <summary>A mailbox as the contract shows it.</summary>
    public static MailboxView View(Call call, MailboxRow m, bool? changed = null)
    {
        var smtp = m.Smtp is null ? null : JsonSerializer.Deserialize(m.Smtp, StoredJson.Default.SmtpSetting)!;
        var inbound = m.Inbound is null ? null : JsonSerializer.Deserialize(m.Inbound, StoredJson.Default.InboundSetting)!;
        var window = m.SendWindow is null ? null : JsonSerializer.Deserialize(m.SendWindow, StoredJson.Default.WindowSetting)!;
        return new MailboxView(
            m.Id, m.Kind, m.Address, m.DisplayName, m.OwnerUid, Delivery(m.Kind), m.Path, m.Path is null ? null : call.App.Mailboxes.Folder(m),
            smtp is null ? null : new SmtpView(smtp.Host, smtp.Port, smtp.Security, smtp.Username, smtp.Login),
            inbound is null ? null : new InboundView(inbound.Kind, inbound.Host, inbound.Port, inbound.Security, inbound.Username, inbound.Path, InboundState(m), Micros.At(m.InboundSyncedAt), m.InboundProblem, m.InboundFix),
            LimitsOf(m, call.App.Store.Now), window is null ? null : new WindowView(window.Days, window.From, window.To, window.Zone), m.DkimSelector, m.ListHeadersSigned, Health(m), m.InFlight,
            m.Version, Micros.At(m.CreatedAt), Micros.At(m.UpdatedAt), changed);
    }

    private static string Sentence(long total) => total == 1 ? "1 mailbox." : $"{total} mailboxes.";

    private static string InboundState(MailboxRow m) => m.InboundFailingSince is not null ? "failing" : m.InboundSyncedAt is null ? "not_listening" : "listening";

    private static string Delivery(string kind) => kind == "pickup" ? "files" : "smtp";

    private static LimitsView LimitsOf(MailboxRow m, long now) => new(
        m.PerMinute, m.PerHour, m.PerDay, m.Connections,
        m.Limits.WarmUp is { } w ? new WarmUpView(w.Start, w.Step, w.Ceiling, Micros.At(w.Since), w.Day(now) + 1, w.Allowance(now), Micros.At(w.NextRise(now))) : null,
        m.Limits.Spacing is { } s ? new SpacingView(s.MinSeconds, s.MaxSeconds) : null,
        m.Limits.PerDayAt(now));

    private static HealthView Health(MailboxRow m) =>
        new(m.Health, m.HealthReason, Micros.At(m.HealthSince), Micros.At(m.NextTryAt), m.HealthProblem, m.HealthFix);
}

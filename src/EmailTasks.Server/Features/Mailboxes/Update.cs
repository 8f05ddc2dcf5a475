using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Mailboxes;

/// <summary>Changes a mailbox. Another server or user needs the secret again, so that a key can't be pointed elsewhere.</summary>
internal static class Update
{
    public static async Task<Outcome<MailboxView>> Handle(UpdateMailbox input, Call call, CancellationToken ct)
    {
        if (await call.Read(db => MailboxRows.Load(db, call.Account, input.SenderId)) is not { } present) return Refusal.NotFound("mailbox", input.SenderId, "sender_id");
        var problems = MailboxRules.Problems(present, input);
        if (problems.Count > 0) return Refusal.Invalid(problems);
        var row = Changed(present, input, call);
        var server = input.Smtp is not null || input.Password is not null || input.Oauth is not null;
        if ((server || input.Inbound.IsPresent) && await call.App.Mailboxes.Problem(row, ct) is { } refused) return refused;
        var inbound = row.Inbound is not null && (server || input.Inbound.IsPresent);
        if ((server || inbound) && input.SkipCheck != true && await call.Outside(() => LoginFirst.Try(call, row, server, inbound, ct)) is { Refusal: { } login }) return login;
        return await call.Change<MailboxView>(async db =>
        {
            var (owner, refusal) = await Owners.Choose(db, call, input.OwnerUid, present.OwnerUid, "$.owner_uid");
            if (refusal is not null) return refusal;
            var changed = server || owner != present.OwnerUid || Differs(present, row);
            if (changed && await MailboxRows.Update(db, row.With(owner, db.Now)) == 0) return Refusal.State("The mailbox was changed by somebody else meanwhile.", "Read it again, then repeat the change.");
            db.AfterCommit(() => call.App.Signals.MailboxChanged(row.Id, stop: false));
            var now = await MailboxRows.Load(db, call.Account, row.Id);
            return Outcome<MailboxView>.Done(Read.View(call, now!, changed), changed ? Said.Of("Mailbox updated; tasks that chose it before say stale.", "Mailbox would be updated; tasks that chose it before would say stale.") : Said.Already("The mailbox is so already."), objectId: row.Id).With(changed: changed);
        });
    }

    /// <summary>Secrets are not compared: whoever gives one again means it.</summary>
    private static bool Differs(MailboxRow was, MailboxRow now) =>
        (was.DisplayName, was.Inbound, was.Limits) != (now.DisplayName, now.Inbound, now.Limits)
        || (was.SendWindow, was.DkimSelector) != (now.SendWindow, now.DkimSelector) || was.InboundSecret != now.InboundSecret;

    private static MailboxRow Changed(MailboxRow m, UpdateMailbox input, Call call)
    {
        var (smtp, secret) = input.Smtp is null && input.Password is null && input.Oauth is null
            ? (null, null)
            : MailboxSettings.Smtp(m.Kind, m.Address, input.Smtp, input.Password, input.Oauth);
        var limits = input.Limits.IsPresent ? MailboxRules.Limits(m.Kind, input.Limits.Value, m.Limits.WarmUp, call.App.Store.Now) : m.Limits;
        var inbound = input.Inbound.IsPresent ? MailboxSettings.Inbound(input.Inbound.Value) : null;
        return new MailboxRow
        {
            Id = m.Id, Account = m.Account, Kind = m.Kind, Address = m.Address, AddressKey = m.AddressKey, DisplayName = input.DisplayName.Or(m.DisplayName), OwnerUid = m.OwnerUid, Path = m.Path,
            Smtp = smtp is null ? m.Smtp : JsonSerializer.Serialize(smtp, StoredJson.Default.SmtpSetting),
            Secret = smtp is null ? m.Secret : secret is null ? null : call.App.Keys.Seal(SecretPlace.Of(m.Id, smtp), JsonSerializer.SerializeToUtf8Bytes(secret, StoredJson.Default.SecretSetting)),
            Inbound = input.Inbound.IsPresent ? inbound is null ? null : JsonSerializer.Serialize(inbound, StoredJson.Default.InboundSetting) : m.Inbound,
            InboundSecret = input.Inbound.IsPresent ? input.Inbound.Value?.Password is { } p ? call.App.Keys.Seal(SecretPlace.Of(m.Id, inbound!), System.Text.Encoding.UTF8.GetBytes(p)) : null : m.InboundSecret,
            PerMinute = limits.PerMinute, PerHour = limits.PerHour, PerDay = limits.PerDay, Connections = limits.Connections,
            WarmUpStart = limits.WarmUp?.Start, WarmUpStep = limits.WarmUp?.Step, WarmUpCeiling = limits.WarmUp?.Ceiling, WarmUpSince = limits.WarmUp?.Since,
            SpacingMin = limits.Spacing?.MinSeconds, SpacingMax = limits.Spacing?.MaxSeconds,
            SendWindow = input.Window.IsPresent ? MailboxSettings.Window(input.Window.Value) : m.SendWindow, DkimSelector = input.DkimSelector.Or(m.DkimSelector),
            Health = m.Health, Version = m.Version, CreatedAt = m.CreatedAt,
        };
    }
}

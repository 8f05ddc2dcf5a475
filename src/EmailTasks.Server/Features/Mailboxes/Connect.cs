using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Mailboxes;

/// <summary>Connects a mailbox: checks what was given, logs in, and only then saves.</summary>
internal static class Connect
{
    public static async Task<Outcome<MailboxView>> Handle(ConnectMailbox input, Call call, CancellationToken ct)
    {
        var problems = MailboxRules.Problems(input);
        var address = EmailAddress.TryParse(input.Address, out var wrong);
        if (address is null) problems.Insert(0, new("$.address", "bad_address", $"The address is no address: {wrong}.", "Write it like me@brand.example."));
        if (problems.Count > 0) return Refusal.Invalid(problems);
        var id = call.NewId("mbx");
        var row = Row(input, address!, call, id);
        if (await call.App.Mailboxes.Problem(row, ct) is { } refused) return refused;
        if (input.SkipCheck != true && await call.Outside(() => LoginFirst.Try(call, row, smtp: true, inbound: row.Inbound is not null, ct)) is { Refusal: { } login }) return login;
        return await call.Change<MailboxView>(async db =>
        {
            var (owner, refusal) = await Owners.Choose(db, call, input.OwnerUid, call.Uid, "$.owner_uid");
            if (refusal is not null) return refusal;
            if (await MailboxRows.ByAddress(db, call.Account, address!.Key, input.Kind) is not null)
                return Duplicate("$.address", $"{address.Text} is connected already.", "Use mailbox update, or disconnect it first.");
            if (row.Path is not null && await MailboxRows.ByPath(db, call.Account, row.Path) is not null)
                return Duplicate("$.path", "Another mailbox writes to this folder.", "Choose another path.");
            await MailboxRows.Insert(db, row.With(owner, db.Now));
            var now = await MailboxRows.Load(db, call.Account, id);
            return Outcome<MailboxView>.Done(Read.View(call, now!, changed: true), Sentence(now!), NextStep.Of(MailboxOps.ListSenders), id, undo: NextStep.Of(MailboxOps.Disconnect, id));
        });
    }

    private static Said Sentence(MailboxRow m) => m.Kind == "pickup"
        ? Said.Of($"{m.Address} connected: its mail is written to files. Nothing leaves this machine.", $"{m.Address} would be connected: its mail would be written to files. Nothing would leave this machine.")
        : Said.Of(m.Address, "connected", ".");

    private static Refusal Duplicate(string path, string problem, string fix) =>
        new(ErrorCodes.DuplicateData, problem) { Problems = [new(path, "duplicate", problem, fix)], Action = new("fix", null, fix) };

    private static MailboxRow Row(ConnectMailbox input, EmailAddress address, Call call, string id)
    {
        var (smtp, secret) = MailboxSettings.Smtp(input.Kind, address.Text, input.Smtp, input.Password, input.Oauth);
        var inbound = MailboxSettings.Inbound(input.Inbound);
        var limits = MailboxRules.Limits(input.Kind, input.Limits, null, call.App.Store.Now);
        return new MailboxRow
        {
            Id = id, Account = call.Account, Kind = input.Kind, Address = address.Text, AddressKey = address.Key, DisplayName = input.DisplayName, OwnerUid = call.Uid,
            Path = input.Kind == "pickup" ? input.Path : null,
            Smtp = smtp is null ? null : JsonSerializer.Serialize(smtp, StoredJson.Default.SmtpSetting),
            Secret = secret is null ? null : call.App.Keys.Seal(SecretPlace.Of(id, smtp!), JsonSerializer.SerializeToUtf8Bytes(secret, StoredJson.Default.SecretSetting)),
            Inbound = inbound is null ? null : JsonSerializer.Serialize(inbound, StoredJson.Default.InboundSetting),
            InboundSecret = input.Inbound?.Password is { } password ? call.App.Keys.Seal(SecretPlace.Of(id, inbound!), System.Text.Encoding.UTF8.GetBytes(password)) : null,
            PerMinute = limits.PerMinute, PerHour = limits.PerHour, PerDay = limits.PerDay, Connections = limits.Connections,
            WarmUpStart = limits.WarmUp?.Start, WarmUpStep = limits.WarmUp?.Step, WarmUpCeiling = limits.WarmUp?.Ceiling, WarmUpSince = limits.WarmUp?.Since,
            SpacingMin = limits.Spacing?.MinSeconds, SpacingMax = limits.Spacing?.MaxSeconds,
            SendWindow = MailboxSettings.Window(input.Window), DkimSelector = input.DkimSelector, Health = MailboxHealth.Ok,
        };
    }
}

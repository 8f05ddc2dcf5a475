using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Keys;

/// <summary>Makes a key, no wider than the one that makes it. It is shown by this answer and never again: only a keyed hash is stored.</summary>
internal static class Create
{
    public static async Task<Outcome<KeyCreated>> Handle(CreateKey input, Call call, CancellationToken ct)
    {
        var (bounds, problems) = KeyRules.Bounds(input.Bounds);
        var expires = input.ExpiresAt is null ? (long?)null : Micros.Of(Instants.Parse(input.ExpiresAt));
        if (input.Actor == "agent" && input.RequirePlan == false)
            problems.Add(new("$.require_plan", "agent", "An agent's key always names the plan it sends.", "Leave require_plan out."));
        if (expires <= call.App.Store.Now) problems.Add(new("$.expires_at", "past", "expires_at lies in the past.", "Give a later one, or leave it out."));
        if (problems.Count > 0) return Refusal.Invalid(problems);
        var id = call.NewId("key");
        var key = call.NewKey(id);
        return await call.Change<KeyCreated>(async db =>
        {
            var (owner, refusal) = await Owners.Choose(db, call, input.Uid, call.Uid, "$.uid");
            if (refusal is not null) return refusal;
            if (await Unknown(db, call, bounds) is { } unknown) return unknown;
            var row = new KeyRow
            {
                Id = id, Account = call.Account, Uid = owner, Name = input.Name, Hash = call.App.Keys.HashApiKey(key), Actor = input.Actor,
                Scopes = input.Scopes is null ? null : JsonSerializer.Serialize([.. input.Scopes.Distinct().Order(StringComparer.Ordinal)], StoredJson.Default.ListString),
                Bounds = bounds is null ? null : JsonSerializer.Serialize(bounds, StoredJson.Default.KeyBounds),
                RequirePlan = input.RequirePlan == true || call.Key.RequirePlan, ExpiresAt = expires,
            };
            if (KeyRules.Wider(row, call.Key) is { } wider) return wider;
            await KeyRows.Insert(db, row);
            var v = await Read.View(db, (await KeyRows.Load(db, id))!, null);
            var made = new KeyCreated(v.KeyId, v.Uid, v.Name, v.Actor, v.Role, v.Scopes, v.Bounds, v.RequirePlan, 0, v.ExpiresAt, null, v.CreatedAt, true, key);
            return Outcome<KeyCreated>.Done(made, Sentence(input),
                NextStep.Of(KeyOps.List), id, kept: made with { Key = null }, undo: NextStep.Of(KeyOps.Revoke, id));
        });
    }

    private static Said Sentence(CreateKey input)
    {
        var (name, whose) = (TextCheck.Shown(input.Name), input.Actor == "agent" ? "an agent" : "a person");
        return Said.Of($"Key \"{name}\" made for {whose}. It is shown this once.", $"Key \"{name}\" would be made for {whose} and shown once.");
    }

    private static async ValueTask<Refusal?> Unknown(Db db, Call call, KeyBounds? bounds)
    {
        for (var i = 0; i < (bounds?.SenderIds?.Count ?? 0); i++)
        {
            if (await MailboxRows.Load(db, call.Account, bounds!.SenderIds![i]) is null) return Refusal.NotFound("mailbox", bounds.SenderIds[i], $"$.bounds.sender_ids[{i}]");
        }
        return null;
    }
}

/// <summary>Ends a key: its own member or an admin may. The row stays, so that the audit can name it.</summary>
internal static class Revoke
{
    public static Task<Outcome<KeyView>> Handle(RevokeKey input, Call call, CancellationToken ct) => call.Change<KeyView>(async db =>
    {
        // Somebody else's key is not even there for who is no admin: its id tells nothing.
        if (await KeyRows.Load(db, input.KeyId) is not { } key || key.Account != call.Account || (key.Uid != call.Uid && call.Key.Role < Role.Admin))
            return Refusal.NotFound("key", input.KeyId, "key_id");
        var changed = await KeyRows.Revoke(db, key.Id) == 1;
        // A person decided what their key planned; an agent's word ends with its key.
        var left = await Ending.Of(db, call, await SetGoingRows.OfKey(db, call.Account, key.Id), waits: key.Actor != Core.Trust.Who.Person, input.Pause == true);
        var any = changed || left.PausedCount > 0;
        var view = await Read.View(db, (await KeyRows.Load(db, key.Id))!, any) with { SetGoing = left };
        var said = changed ? Said.Of($"Key \"{TextCheck.Shown(key.Name)}\"", "revoked", ".") : Said.Already("The key is revoked already.");
        return Outcome<KeyView>.Done(view, Ending.Say(said, left), NextStep.Of(KeyOps.List), key.Id).With(changed: any);
    });
}

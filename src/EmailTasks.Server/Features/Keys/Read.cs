using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Keys;

/// <summary>Shows keys: one's own, or for an admin everybody's. The key itself is never among it.</summary>
internal static class Read
{
    public static async Task<Outcome<Page<KeyView>>> List(ListKeys input, Call call, CancellationToken ct)
    {
        var (ask, refusal) = Pages.Ask(input.PageSize, input.PageNum, input.Cursor);
        if (refusal is not null) return refusal;
        if (input.Uid is { } uid && uid != call.Uid && call.Key.Role < Role.Admin)
            return new Refusal(ErrorCodes.ScopeRequired, "Only an admin may list another member's keys.") { Problems = [new("uid", "role", "Only an admin may list another member's keys.", "Leave --uid out.")] };
        return await call.Read<Outcome<Page<KeyView>>>(async db =>
        {
            if (input.Uid is { } asked && await MemberRows.Load(db, call.Account, asked) is null) return Refusal.NotFound("member", asked, "uid");
            var listed = await KeyRows.List(db, call.Account, input.Uid ?? (call.Key.Role < Role.Admin ? call.Uid : null), ask);
            var views = new List<KeyView>();
            foreach (var row in listed.Rows) views.Add(await View(db, row, null));
            return Outcome<Page<KeyView>>.Done(Pages.Of(listed, ask, views), Pages.Sentence(listed.Total, listed.IsLowerBound, "key"));
        });
    }

    /// <summary>A key as the contract shows it.</summary>
    public static async ValueTask<KeyView> View(Db db, KeyRow k, bool? changed) => new(
        k.Id, k.Uid, k.Name, k.Actor, RoleWords.Of(k.Role), k.ScopeList, k.Limits, k.MustNamePlan, await KeyRows.Used(db, k.Id),
        Micros.At(k.ExpiresAt), Micros.At(k.RevokedAt), Micros.At(k.CreatedAt), changed);
}

/// <summary>Who is calling, and what they may.</summary>
internal static class WhoAmI
{
    public static async Task<Outcome<WhoAmIView>> Handle(Contracts.WhoAmI input, Call call, CancellationToken ct) => await call.Read<Outcome<WhoAmIView>>(async db =>
    {
        var (account, member) = (await GateRows.Account(db, call.Account), await MemberRows.Load(db, call.Account, call.Uid));
        // Removed between the gate's question and this one.
        if (account is null || member is null) return new Refusal(ErrorCodes.InvalidApiKey, "The API key is not known here, or revoked.");
        var view = new WhoAmIView(account.Id, account.Company, member.Uid, member.Name, member.Email, RoleWords.Of(member.Role), await Read.View(db, call.Key, null),
            [.. Catalogue.All.Where(op => Rights.Missing(op, call.Key) is null).Select(op => op.Command)]);
        return Outcome<WhoAmIView>.Done(view, $"{(call.IsPerson ? "" : "An agent for ")}{TextCheck.Shown(member.Name)}, {view.Role}; {view.Commands.Count} of {Catalogue.All.Count} commands.");
    });
}

using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Team;

/// <summary>The account's people. A role counts from the next call on; the last admin stays one.</summary>
internal static class Members
{
    public static async Task<Outcome<Page<MemberView>>> List(ListTeam input, Call call, CancellationToken ct)
    {
        var (ask, refusal) = Pages.Ask(input.PageSize, input.PageNum, input.Cursor);
        if (refusal is not null) return refusal;
        var listed = await call.Read(db => MemberRows.List(db, call.Account, ask));
        return Outcome<Page<MemberView>>.Done(Pages.Of(listed, ask, listed.Rows.ConvertAll(r => View(r, null))), Pages.Sentence(listed.Total, listed.IsLowerBound, "member"));
    }

    public static async Task<Outcome<MemberView>> Add(AddMember input, Call call, CancellationToken ct)
    {
        if (EmailAddress.TryParse(input.Email, out var wrong) is not { } email) return BadEmail(wrong);
        var uid = call.NewId("usr");
        return await call.Change<MemberView>(async db =>
        {
            if (await MemberRows.ByEmail(db, call.Account, email.Key) is not null) return Taken();
            await MemberRows.Insert(db, call.Account, new MemberRow { Uid = uid, Name = input.Name, Email = email.Text, EmailKey = email.Key, Role = RoleWords.Parse(input.Role) });
            return Outcome<MemberView>.Done(View((await MemberRows.Load(db, call.Account, uid))!, true), Said.Of(TextCheck.Shown(input.Name), "added", $" as {input.Role}."),
                NextStep.Of(KeyOps.Create).WithBody(), uid, undo: NextStep.Of(TeamOps.Remove, uid));
        });
    }

    public static async Task<Outcome<MemberView>> Update(UpdateMember input, Call call, CancellationToken ct)
    {
        var wrong = "";
        var email = input.Email is null ? null : EmailAddress.TryParse(input.Email, out wrong);
        if (input.Email is not null && email is null) return BadEmail(wrong);
        return await call.Change<MemberView>(async db =>
        {
            if (await MemberRows.Load(db, call.Account, input.Uid) is not { } was) return Refusal.NotFound("member", input.Uid, "uid");
            if (email is not null && await MemberRows.ByEmail(db, call.Account, email.Key) is { } other && other != was.Uid) return Taken();
            var next = new MemberRow
            {
                Uid = was.Uid, Name = input.Name ?? was.Name, Email = email?.Text ?? was.Email, EmailKey = email?.Key ?? was.EmailKey,
                Role = input.Role is null ? was.Role : RoleWords.Parse(input.Role), CreatedAt = was.CreatedAt,
            };
            var changed = (was.Name, was.Email, was.Role) != (next.Name, next.Email, next.Role);
            if (changed && await MemberRows.Update(db, call.Account, next) == 0) return LastAdmin();
            return Outcome<MemberView>.Done(View(next, changed), Sentence(next, changed), NextStep.Of(TeamOps.List), was.Uid).With(changed: changed);
        });
    }

    public static Task<Outcome<MemberDeleted>> Remove(RemoveMember input, Call call, CancellationToken ct) => call.Change<MemberDeleted>(async db =>
    {
        if (await MemberRows.Load(db, call.Account, input.Uid) is not { } member) return Refusal.NotFound("member", input.Uid, "uid");
        if (await MemberRows.Remove(db, call.Account, member.Uid) == 0) return LastAdmin();
        var left = await Keys.Ending.Of(db, call, await SetGoingRows.OfMember(db, call.Account, member.Uid), waits: true, input.Pause == true);
        var said = Said.Of($"{TextCheck.Shown(member.Name)} removed; their keys no longer work, their tasks stay.", $"{TextCheck.Shown(member.Name)} would be removed: their keys would work no longer, their tasks stay.");
        return Outcome<MemberDeleted>.Done(new MemberDeleted(member.Uid, true, left), Keys.Ending.Say(said, left), objectId: member.Uid);
    });

    private static Said Sentence(MemberRow m, bool changed) => changed
        ? Said.Of($"{TextCheck.Shown(m.Name)} is {RoleWords.Of(m.Role)}.", $"{TextCheck.Shown(m.Name)} would be {RoleWords.Of(m.Role)}.")
        : Said.Already("The member is so already.");

    private static MemberView View(MemberRow m, bool? changed) => new(m.Uid, m.Name, m.Email, RoleWords.Of(m.Role), Micros.At(m.CreatedAt), changed);

    private static Refusal BadEmail(string wrong) => Refusal.Invalid("$.email", "bad_address", $"email is no address: {wrong}.", "Write it like ben@brand.example.");

    private static Refusal Taken() => new(ErrorCodes.DuplicateData, "A member of this account has this address already.")
    {
        Problems = [new("$.email", "duplicate", "A member of this account has this address already.", $"See: {NextStep.Of(TeamOps.List)}")],
        Action = new("fix", null, $"See: {NextStep.Of(TeamOps.List)}"),
    };

    private static Refusal LastAdmin() => Refusal.State("This is the account's last admin.", "Make somebody else admin first: noxinfluencer team update <uid>");
}

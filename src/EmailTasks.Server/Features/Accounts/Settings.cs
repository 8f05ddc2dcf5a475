using EmailTasks.Contracts;
using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Accounts;

/// <summary>The account's settings. A running task keeps those it was approved with.</summary>
internal static class Settings
{
    public static async Task<Outcome<AccountView>> Get(GetAccount input, Call call, CancellationToken ct) =>
        Outcome<AccountView>.Done(View((await call.Read(db => GateRows.Account(db, call.Account)))!, null), "The account's settings.");

    public static async Task<Outcome<AccountView>> Update(UpdateAccount input, Call call, CancellationToken ct)
    {
        var address = input.PostalAddress.Value is { } text ? string.Join('\n', text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)) : null;
        if (address?.Any(c => char.IsControl(c) && c != '\n') == true)
            return Refusal.Invalid("$.postal_address", "control_character", "postal_address holds a control character.", "Write plain lines.");
        if (input.BounceGuard.Value is { } wanted && ShareProblem(wanted.Share) is { } wrong) return wrong;
        return await call.Change<AccountView>(async db =>
        {
            var was = (await GateRows.Account(db, call.Account))!;
            var next = new AccountRow
            {
                Id = was.Id, Company = input.Company.Or(was.Company)?.Trim(), PostalAddress = input.PostalAddress.IsPresent ? address : was.PostalAddress, Country = input.Country.Or(was.Country),
                TimeZone = input.TimeZone ?? was.TimeZone, RequirePlan = input.RequirePlan ?? was.RequirePlan, Compliance = input.Compliance ?? was.Compliance,
                BounceShare = input.BounceGuard.IsPresent ? Parts(input.BounceGuard.Value?.Share) : was.BounceShare,
                BounceMinimum = input.BounceGuard.IsPresent ? input.BounceGuard.Value?.Minimum : was.BounceMinimum,
                TrackOpens = input.Tracking.IsPresent ? input.Tracking.Value?.Opens : was.TrackOpens, TrackClicks = input.Tracking.IsPresent ? input.Tracking.Value?.Clicks : was.TrackClicks,
            };
            var changed = (was.Company, was.PostalAddress, was.Country, was.TimeZone, was.RequirePlan, was.Compliance, was.Guard, was.TrackOpens, was.TrackClicks)
                != (next.Company, next.PostalAddress, next.Country, next.TimeZone, next.RequirePlan, next.Compliance, next.Guard, next.TrackOpens, next.TrackClicks);
            if (changed) await AccountRows.Update(db, next);
            var now = await GateRows.Account(db, call.Account);
            return Outcome<AccountView>.Done(View(now!, changed), changed ? Said.Of("Settings", "changed", "; running tasks keep what they were approved with.") : Said.Already("The settings are so already."), NextStep.Of(AccountOps.Get), was.Id).With(changed: changed);
        });
    }

    /// <summary>Shares are kept in parts of 10,000: what is given must be what is kept.</summary>
    private static Refusal? ShareProblem(double share) =>
        share is >= 0.001 and <= 1 && Math.Abs((share * BounceGuard.Whole) - Math.Round(share * BounceGuard.Whole)) < 1e-6
            ? null
            : Refusal.Invalid("$.bounce_guard.share", "out_of_range", "share must be from 0.001 to 1, with at most four decimals.", "Write 0.1 for a tenth.");

    private static int? Parts(double? share) => share is { } s ? (int)Math.Round(s * BounceGuard.Whole) : null;

    private static AccountView View(AccountRow a, bool? changed) => new(
        a.Id, a.Company, a.PostalAddress, a.Country, a.TimeZone, a.RequirePlan, a.Compliance,
        a.Guard is { } g ? new BounceGuardView(g.ShareParts / (double)BounceGuard.Whole, g.Minimum) : null, new TrackingView(a.TrackOpens, a.TrackClicks), Micros.At(a.CreatedAt), Micros.At(a.UpdatedAt), changed);
}

/// <summary>What was done, newest first.</summary>
internal static class Audit
{
    public static async Task<Outcome<Page<AuditView>>> List(ListAudit input, Call call, CancellationToken ct)
    {
        var (ask, refusal) = Pages.Ask(input.PageSize, input.PageNum, input.Cursor);
        if (refusal is not null) return refusal;
        long? before = null;
        if (input.Cursor is { } cursor)
        {
            if (!long.TryParse(cursor, out var seq)) return Refusal.Invalid("cursor", "bad_cursor", "That is no cursor of this list.", "Use next_cursor of the page before.");
            before = seq;
        }
        var listed = await call.Read(db => AuditRows.List(db, call.Account, new AuditFilter(input.Uid, input.KeyId, input.Command, input.ObjectId), ask, before));
        var views = listed.Rows.ConvertAll(r => new AuditView(r.Seq, Micros.At(r.At), r.Uid, r.KeyId, r.Actor, r.Command, r.ObjectId, r.RequestId, r.Summary, r.Hash));
        return Outcome<Page<AuditView>>.Done(Pages.Of(listed, ask, views), Pages.Sentence(listed.Total, listed.IsLowerBound, "entry").Replace("entrys", "entries", StringComparison.Ordinal));
    }
}

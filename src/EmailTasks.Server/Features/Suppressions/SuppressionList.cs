using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Suppressions;

/// <summary>Who is not mailed. An address that is added is out of every running task when the answer comes.</summary>
internal static class SuppressionList
{
    private const int RejectedShown = 100;

    public static async Task<Outcome<Page<SuppressionView>>> List(ListSuppressions input, Call call, CancellationToken ct)
    {
        var (ask, refusal) = Pages.Ask(input.PageSize, input.PageNum, input.Cursor);
        if (refusal is not null) return refusal;
        if (input.Cursor is not null && !long.TryParse(input.Cursor, out _)) return Refusal.Invalid("cursor", "bad_format", "This is no cursor of a suppression list.", "Use next_cursor of the page before.");
        List<string> reasons = input.Reason is null ? [] : [.. input.Reason.Split(',', StringSplitOptions.TrimEntries)];
        List<string> strengths = input.Strength is null ? [] : [.. input.Strength.Split(',', StringSplitOptions.TrimEntries)];
        long? since = input.Since is null ? null : Micros.Of(Instants.Parse(input.Since));
        var listed = await call.Read(db => SuppressionRows.List(db, call.Account, input.Keyword, reasons, strengths, since, ask));
        return Outcome<Page<SuppressionView>>.Done(Pages.Of(listed, ask, listed.Rows.ConvertAll(View)), Sentence(listed.Total, listed.IsLowerBound));
    }

    public static async Task<Outcome<SuppressionCheck>> Check(CheckSuppression input, Call call, CancellationToken ct)
    {
        if (EmailAddress.TryParse(input.Address, out var problem) is not { } address)
            return Refusal.Invalid("address", "bad_address", $"This is no address: {problem}.", "Write it like ana@creators.example.");
        var entries = await call.Read(db => SuppressionRows.Of(db, call.Account, address.Key));
        var stands = entries.Exists(e => e.RemovedPos is null);
        var text = stands ? $"{address.Text} is on the suppression list and is not mailed." : $"{address.Text} is not on the suppression list.";
        return Outcome<SuppressionCheck>.Done(new SuppressionCheck(address.Text, stands, entries.ConvertAll(View)), text);
    }

    public static async Task<Outcome<SuppressionsAdded>> Add(AddSuppressions input, Call call, CancellationToken ct)
    {
        var (good, rejected) = Read(input.Addresses);
        if (good.Count == 0) return NothingGood(rejected);
        if (Grounds.Problem(input, call) is { } unfounded) return unfounded;
        return await call.Change<SuppressionsAdded>(async db =>
        {
            if (await Grounds.Unproved(db, input, good, call) is { } unproved) return unproved;
            var first = await SuppressionRows.Position(db, call.Account) + 1;
            var (added, takenOut) = await SuppressionRows.Add(db, call.Account, good, input.Reason ?? SuppressionReasons.Manual, Grounds.Source(input, call), input.Note);
            var position = await SuppressionRows.Position(db, call.Account);
            var changed = added > 0 || takenOut > 0;
            var answer = new SuppressionsAdded(added, good.Count - added, takenOut, rejected.Count, [.. rejected.Take(RejectedShown)], position, changed);
            return Outcome<SuppressionsAdded>.Done(answer, Sentence(answer), NextStep.Of(SuppressionOps.List), $"suppression {first}-{position}", undo: added > 0 ? NextStep.Of(SuppressionOps.Remove).WithBody() : null).With(changed: changed);
        });
    }

    public static async Task<Outcome<SuppressionsRemoved>> Remove(RemoveSuppressions input, Call call, CancellationToken ct)
    {
        var (good, rejected) = Read(input.Addresses);
        if (rejected.Count > 0) return NothingGood(rejected);
        return await call.Change<SuppressionsRemoved>(async db =>
        {
            var (first, removed, own) = (await SuppressionRows.Position(db, call.Account) + 1, 0, 0);
            foreach (var key in good.Select(a => a.Key).Distinct(StringComparer.Ordinal))
            {
                if ((await SuppressionRows.Of(db, call.Account, key)).Exists(e => e.RemovedPos is null && SuppressionRows.IsOwn(e.Reason))) own++;
                if (await SuppressionRows.Remove(db, call.Account, key, first + removed, call.Uid, input.Reason) > 0) removed++;
            }
            var position = first + removed - 1;
            var answer = new SuppressionsRemoved(removed, good.Count - removed, position, removed > 0);
            var said = removed == 0 ? Said.Already("None of them is on the suppression list.") : Said.Of($"{removed} taken off the suppression list. Plans made before still leave them out.", $"{removed} would be taken off the suppression list. Plans of before would still leave them out.");
            said = said.And(own > 0, $"{own} of them had opted out or complained: mail them only if they asked for it again.", $"{own} of them opted out or complained: mail them only if they asked for it again.");
            return Outcome<SuppressionsRemoved>.Done(answer, said, NextStep.Of(SuppressionOps.List), $"suppression {first}-{position}", undo: NextStep.Of(SuppressionOps.Add).WithBody()).With(changed: removed > 0);
        });
    }

    private static (List<EmailAddress> Good, List<RejectedRow> Rejected) Read(List<string> addresses)
    {
        var good = new List<EmailAddress>(addresses.Count);
        var rejected = new List<RejectedRow>();
        for (var i = 0; i < addresses.Count; i++)
        {
            if (EmailAddress.TryParse(addresses[i], out var problem) is { } address) good.Add(address);
            else rejected.Add(new(i, $"This is no address: {problem}."));
        }
        return (good, rejected);
    }

    private static Refusal NothingGood(List<RejectedRow> rejected) => Refusal.Invalid(
        [.. rejected.Take(Limits.ProblemsListed).Select(r => new Problem($"$.addresses[{r.Index}]", "bad_address", r.Problem, "Write it like ana@creators.example."))]);

    private static Said Sentence(SuppressionsAdded a)
    {
        return Said.Of($"{a.Added}", "added", " to the suppression list.")
            .And(a.Already > 0, $"{a.Already} were there already.", $"{a.Already} are there already.")
            .And(a.TakenOut > 0, $"{a.TakenOut} were waiting in running tasks and are taken out.", $"{a.TakenOut} are waiting in running tasks and would be taken out.")
            .And(a.RejectedCount > 0, $"{a.RejectedCount} rejected: see rejected.", $"{a.RejectedCount} would be rejected: see rejected.");
    }

    private static string Sentence(long total, bool atLeast) => total == 0
        ? "Nobody is on the suppression list."
        : $"{(atLeast ? "At least " : "")}{total} {(total == 1 ? "entry is" : "entries are")} on the suppression list.";

    private static SuppressionView View(SuppressionRow r) => new(r.Address, r.Reason, r.Source, r.Note, r.Strength, r.Pos, Micros.At(r.At), Micros.At(r.RemovedAt), r.RemovedReason) { Actor = r.Actor, KeyId = r.KeyId };
}

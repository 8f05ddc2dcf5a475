using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Creators;

/// <summary>Adds creators or updates those whose id is known. A row is taken whole or rejected whole.</summary>
internal static class Import
{
    private const int RejectedShown = 100;

    public static async Task<Outcome<CreatorsImported>> Handle(ImportCreators input, Call call, CancellationToken ct)
    {
        var (good, rejected) = Read(input.Creators);
        if (good.Count == 0)
            return Refusal.Invalid([.. rejected.Take(Limits.ProblemsListed).Select(r => new Problem($"$.creators[{r.Index}]", "rejected", r.Problem, "Mend the row, or leave it out."))]);
        return await call.Change<CreatorsImported>(async db =>
        {
            var known = await CreatorRows.Known(db, call.Account, good.Select(c => c.Id));
            var no = await CreatorRows.LastNo(db, call.Account);
            var (added, updated) = (0, 0);
            foreach (var creator in good)
            {
                var old = known.GetValueOrDefault(creator.Id);
                if (old is not null && Same(old, creator)) continue;
                if (old is not null && PersonsWork.Problem(call, old.EditedActor, "creator", "$.creators") is { } persons) return persons;
                await CreatorRows.Put(db, call.Account, creator, old?.No ?? ++no);
                if (old is null) added++;
                else updated++;
            }
            var changed = added + updated > 0;
            var answer = new CreatorsImported(added, updated, good.Count - added - updated, rejected.Count, [.. rejected.Take(RejectedShown)], await CreatorRows.Count(db, call.Account), changed);
            return Outcome<CreatorsImported>.Done(answer, Sentence(answer), NextStep.Of(CreatorOps.List), $"creators {Plural.Of(added + updated, "row")}").With(changed: changed);
        });
    }

    private static bool Same(CreatorRow a, NewCreator b) =>
        (a.Name, a.Platform, a.ChannelId, a.Country, a.Addresses) == (b.Name, b.Platform, b.ChannelId, b.Country, b.Stored);

    private static (List<NewCreator> Good, List<RejectedRow> Rejected) Read(List<CreatorInput> rows)
    {
        var good = new List<NewCreator>(rows.Count);
        var rejected = new List<RejectedRow>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            var addresses = new List<EmailAddress>(row.EmailAddresses.Count);
            string? wrong = null;
            foreach (var text in row.EmailAddresses)
            {
                if (EmailAddress.TryParse(text, out var problem) is not { } address) wrong ??= $"\"{TextCheck.Shown(text)}\" is no address: {problem}.";
                else if (!addresses.Exists(a => a.Key == address.Key)) addresses.Add(address);
            }
            if (wrong is null && !seen.Add(row.CreatorId)) wrong = $"{TextCheck.Shown(row.CreatorId)} stands twice in the call; the first one is taken.";
            if (wrong is not null) rejected.Add(new(i, wrong));
            else good.Add(new NewCreator(row.CreatorId, row.Name.Trim(), row.Platform.Trim(), row.ChannelId.Trim(), row.Country?.Trim(), addresses));
        }
        return (good, rejected);
    }

    private static Said Sentence(CreatorsImported a) =>
        Said.Of($"{Plural.Of(a.Added, "creator")} added, {a.Updated} updated.", $"{Plural.Of(a.Added, "creator")} would be added, {a.Updated} would be updated.")
            .And(a.Unchanged > 0, $"{a.Unchanged} were so already.", $"{a.Unchanged} are so already.")
            .And(a.RejectedCount > 0, $"{a.RejectedCount} rejected: see rejected.", $"{a.RejectedCount} would be rejected: see rejected.");
}

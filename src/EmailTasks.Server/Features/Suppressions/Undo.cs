using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Suppressions;

/// <summary>Takes back at once what somebody may have forged. Only what nothing but a sender's address proves: what people proved stays.</summary>
internal static class Undo
{
    private const int Shown = 100;

    public static async Task<Outcome<SuppressionsUndone>> Handle(UndoSuppressions input, Call call, CancellationToken ct)
    {
        var since = Micros.Of(Instants.Parse(input.Since));
        return await call.Change<SuppressionsUndone>(async db =>
        {
            var before = await SuppressionRows.Position(db, call.Account);
            var undone = await AddressOnlyRows.Undo(db, call.Account, since, before + 1, call.Uid, $"undone: {input.Strength} since {input.Since}");
            var answer = new SuppressionsUndone(
                undone.Count, await AddressOnlyRows.Count(db, call.Account, since), [.. undone.Take(Shown)], undone.Count > 0 ? before + 1 : before, undone.Count > 0);
            return Outcome<SuppressionsUndone>.Done(answer, Sentence(answer), NextStep.Of(SuppressionOps.List), $"suppression {answer.Position}").With(changed: answer.Changed);
        });
    }

    private static Said Sentence(SuppressionsUndone a) => a.Undone == 0
        ? Said.Already("No entry of that kind stands since then.")
        : Said.Of($"{Plural.Of(a.Undone, "opt-out")} that only a sender's address said", "taken back", ".")
            .And(true, "Plans made before still leave these addresses out, and who was taken out of a running task stays out of it.", "Plans of before would still leave these addresses out, and nobody would come back into a running task.")
            .And(a.Left > 0, $"{a.Left} more stand: call again.", $"{a.Left} more would stand.");
}

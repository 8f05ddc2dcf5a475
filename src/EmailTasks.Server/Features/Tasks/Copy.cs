using EmailTasks.Contracts;
using EmailTasks.Core.Trust;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Tasks;

/// <summary>
/// Copies a task as a new draft: content, sender and cards as they are, recipients as asked. Recipients are copied in
/// pieces by the sweep, so a million of them hold nobody up; until then the copy says <c>copying</c>.
/// </summary>
internal static class Copy
{
    public static Task<Outcome<TaskView>> Handle(CopyTask input, Call call, CancellationToken ct)
    {
        var id = call.NewId("tsk");
        var filter = input.Recipients ?? "none";
        var cards = Enumerable.Range(0, Limits.ProductsPerTask).Select(_ => call.NewId("epr")).ToList();
        return call.Change<TaskView>(async db =>
        {
            if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } source) return Refusal.NotFound("task", input.TaskId, "task_id");
            if (source.Copying) return TaskGuard.Copying(source.Id);
            var name = input.Name ?? Shortened("Copy of " + source.Name);
            await TaskRows.Insert(db, id, call.Account, call.Uid, name, source.Note, source.Id);
            await Clone(db, source.Id, id, cards);
            await TaskRows.Inherit(db, source, id, filter is "all" or "not_sent" && await IsStopped(db, source));
            var copying = filter != "none" && await Copies.Start(db, id, source.SetId, filter);
            if (copying) db.AfterCommit(call.App.Signals.SweepNow);
            var task = await TaskRows.Load(db, call.Account, id);
            return Outcome<TaskView>.Done(await Get.View(db, task!, changed: true), copying ? Said.Of("Task copied; its recipients are still being copied.", "The task would be copied, its recipients after it.") : Said.Of("Task", "copied", "."),
                NextStep.Of(TaskOps.Get, id), id, undo: NextStep.Of(TaskOps.Delete, id));
        });
    }

    /// <summary>
    /// Whether a person stopped it or its mailbox, by a pause or a cancel, or its planner's right has ended; or, of a copy,
    /// what it was copied from. Whom the guard stopped is held by itself.
    /// </summary>
    private static async ValueTask<bool> IsStopped(Db db, TaskRow task) =>
        task.FromStopped || task.CancelledActor == Who.Person || await PlannerRows.Ended(db, task) is not null
        || await HasPersonsHold(db, task.Id) || (task.Mailbox is { } mailbox && await HasPersonsHold(db, mailbox));

    private static async ValueTask<bool> HasPersonsHold(Db db, string subject) => (await HoldRows.Of(db, subject)).Exists(h => h.Hold.Kind == HoldKind.Person);

    private static string Shortened(string name) => name.Length <= 120 ? name : new string([.. name.EnumerateRunes().Take(119).SelectMany(r => r.ToString())]) + "…";

    private static async ValueTask Clone(Db db, string from, string to, List<string> cardIds)
    {
        await Copies.Settings(db, from, to);
        foreach (var (card, cardId) in (await ContentRows.Cards(db, from)).Zip(cardIds))
        {
            await ContentRows.InsertCard(db, new CardRow
            {
                Task = to, Id = cardId, Position = card.Position, Product = card.Product, ProductVersion = card.ProductVersion,
                Title = card.Title, Link = card.Link, Price = card.Price, Currency = card.Currency, ThumbnailUrl = card.ThumbnailUrl,
            });
        }
    }
}

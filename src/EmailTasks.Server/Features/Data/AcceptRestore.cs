using EmailTasks.Contracts;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Data;

/// <summary>
/// Ends the standstill of a database that was put back. Tasks in doubt are marked here, at any size; the sweep turns
/// their rows to uncertain, and nothing of them begins before it is through.
/// </summary>
internal static class AcceptRestore
{
    /// <summary>Tasks that may still have to be held; the standstill held them when it began.</summary>
    private const int HeldAtMost = 10_000;

    public static Task<Outcome<RestoreAccepted>> Handle(EmailTasks.Contracts.AcceptRestore input, Call call, CancellationToken ct)
    {
        var freshId = call.App.Ids.New("dbs");
        return call.Change<RestoreAccepted>(async db =>
        {
            if (await StandstillRows.Load(db) is not { } pause) return Nothing();
            if (pause.Reason == DispatchPause.Sealed) return Refusal.State(pause.Detail, pause.Next);
            await StandstillRows.HoldTasks(db, pause.At, HeldAtMost);
            var doubt = await StandstillRows.Count(db);
            await StandstillRows.Accept(db);
            await Raise(db, call);
            await StandstillRows.Lift(db);
            await Here(db, call, freshId);
            var answer = new RestoreAccepted(pause.Reason, pause.Detail, Micros.At(pause.At), doubt.Tasks, doubt.Recipients, Changed: true);
            return Outcome<RestoreAccepted>.Done(answer, Said.Of(Sentence(doubt), $"{pause.Detail} {Would(doubt)}"), doubt.Tasks > 0 ? NextStep.Of(TaskOps.List) : null, "dispatch");
        });
    }

    private static Outcome<RestoreAccepted> Nothing() =>
        Outcome<RestoreAccepted>.Done(new RestoreAccepted(null, null, null, 0, 0, Changed: false), Said.Already("Dispatch does not stand still; there is nothing to accept.")).With(changed: false);

    private static async ValueTask Raise(Db db, Call call)
    {
        await NumberRows.Leap(db);
        foreach (var (mailbox, last) in call.App.Standstill.Memory.Known.Where(m => m.Value.BeginNo >= NumberRows.LeapBy || m.Value.Epoch >= NumberRows.LeapBy))
            await NumberRows.LeapTo(db, mailbox, last.BeginNo + 1, last.Epoch + 1); // it was accepted before, and put back since
    }

    /// <summary>
    /// Where the rows lie now is right. A folder that was copied has an id of its own from here on: the one it was copied
    /// from may go on too, and neither must take the other's begins for its own.
    /// </summary>
    private static async ValueTask Here(Db db, Call call, string freshId)
    {
        var app = call.App;
        if (app.Store.Place is { } place) await MetaRows.Set(db, MetaRows.Place, place);
        if (!app.Store.IsShared) await MetaRows.Set(db, MetaRows.DatabaseId, freshId);
        db.AfterCommit(() =>
        {
            app.Standstill.Accepted(app.Store.IsShared ? null : BeginMemory.Open(app.Options.State, freshId, app.Ids.New("node")));
            app.Signals.SweepNow();
            app.Signals.TaskStarted();
        });
    }

    private static string Sentence(DoubtCount doubt) => doubt.Tasks == 0
        ? "Accepted: sending goes on. No task was being sent."
        : $"Accepted: sending goes on. {Plural.Of(doubt.Recipients, "recipient")} of {Plural.Of(doubt.Tasks, "task")} may have been mailed and become uncertain.";

    private static string Would(DoubtCount doubt) => doubt.Tasks == 0
        ? "No task is in doubt; sending would go on."
        : $"{Plural.Of(doubt.Recipients, "recipient")} of {Plural.Of(doubt.Tasks, "task")} would become uncertain; the rest would go on.";
}

using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Planning;
using EmailTasks.Core.Tasks;
using EmailTasks.Core.Trust;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending;

/// <summary>A plan that was read and found good, ready to be carried out in a change.</summary>
internal sealed record ApprovedPlan(SendingPlan Plan, SendTerms Terms, string Digest, long Position, PlanView View);

/// <summary>
/// What `email send` and `email schedule` have in common: read the plan, say everything that speaks against it, and carry
/// out exactly that plan or nothing.
/// </summary>
internal static class PlannedStart
{
    /// <summary>The rendering rules plans are made with; a plan of older rules would render by them.</summary>
    private const int RenderVersion = 1;

    /// <summary>Somebody may edit between the read and the start; then it is read again, this often.</summary>
    private const int Reads = 3;

    /// <summary>Reads, judges, and commits.</summary>
    /// <param name="commit">What is done with the approved plan and the task as it is now; its guarded statement answers 0 rows when somebody was quicker.</param>
    public static async Task<Outcome<TaskView>> Run(Call call, string taskId, TaskCommand command, SendTerms terms, Func<Db, TaskRow, ApprovedPlan, ValueTask<Outcome<TaskView>>> commit)
    {
        if (terms.AllowRepeat && !call.IsPerson) return ForPeople("allow_repeat");
        if (terms.AllowHeld && !call.IsPerson) return ForPeople("allow_held");
        for (var read = 1; ; read++)
        {
            // A task that was started has no plan: "nothing has been sent" would be a lie about it.
            if (await call.Read(db => TaskRows.Load(db, call.Account, taskId)) is not { } task) return Refusal.NotFound("task", taskId, "task_id");
            if (TaskGuard.Problem(task, command) is { } notNow) return notNow;
            if (Unread(task, call) is { } unread) return unread;
            var plan = await call.Read(db => SendingPlan.Read(db, call, taskId, call.App.Plans, terms.SendAt));
            // An approved plan counts people as it did then: who was taken off the suppression list since is still left out.
            if (plan is not null && call.Plan is not null && plan.Approved(terms, call.Plan) is { } approved && approved.Position < plan.Scan.SuppressionPos)
                plan = await call.Read(db => SendingPlan.Read(db, call, taskId, call.App.Plans, terms.SendAt, approved.Position));
            if (plan is null) return Refusal.NotFound("task", taskId, "task_id");
            var (refusal, good) = Judge(plan, terms, call);
            if (refusal is not null) return refusal;
            var outcome = await call.Change<TaskView>(db => Commit(db, call, good, commit));
            if (outcome.Refusal is { Code: ErrorCodes.PlanChanged } && read < Reads) continue;
            return outcome;
        }
    }

    /// <summary>Writes down what was approved.</summary>
    /// <param name="planNo">The number the task's row has for it now.</param>
    public static async ValueTask<int> Write(Db db, Call call, TaskRow task, ApprovedPlan approved, int planNo)
    {
        var (plan, terms, digest, position, _) = approved;
        await ContentRows.SetSameKey(db, task.Id, task.ContentVersion, plan.SameKey);
        return await PlanRows.Insert(db, new PlanRow
        {
            Task = task.Id, PlanNo = planNo, SetId = task.SetId, Digest = digest, RenderVersion = RenderVersion, ContentVersion = task.ContentVersion, Sender = task.Sender!,
            Products = JsonSerializer.Serialize([.. plan.Cards.Select(c => new ProductCopy(c.Id, c.Product, c.Title, c.Link, c.Price, c.Currency, c.ThumbnailUrl))], StoredJson.Default.ListProductCopy),
            PostalAddress = plan.Part.PostalAddress, Footer = plan.Part.Footer, Tracking = plan.Part.Tracking.Stored(), SendUntil = terms.SendUntil, SuppressionPos = position, AllowRepeat = terms.AllowRepeat, AllowHeld = terms.AllowHeld,
            PlanSendAt = terms.SendAt, GivenOffset = terms.GivenAt is null ? null : Instants.OffsetOf(terms.GivenAt), Uid = call.Uid, KeyId = call.Key.Id, CreatedAt = db.Now,
        });
    }

    private static Refusal ForPeople(string member) => new(ErrorCodes.ScopeRequired, $"{member} is for people; an agent's key never may.")
    {
        Problems = [new($"$.{member}", "person", $"{member} is for people.", "Leave it out, or ask a person.")],
    };

    /// <summary>What an agent changed last is read by the person who lets it go: the plan must be named. A dry run is that reading.</summary>
    private static Refusal? Unread(TaskRow task, Call call) =>
        call.IsForced && TrustRules.NeedsPlan(task.Trust, call.Plan) ? Refusals.PlanRequired(call.Op, "An agent's key was the last to change this task, so name the plan you read") : null;

    /// <summary>Somebody was quicker.</summary>
    public static Refusal ChangedMeanwhile() => new(ErrorCodes.PlanChanged, "The task changed while it was being sent; nothing has been sent.")
    {
        Action = new("retry", null, "Read the plan again, then repeat."),
    };

    /// <summary>Everything that can be said without writing.</summary>
    private static (Refusal? Refusal, ApprovedPlan Good) Judge(SendingPlan plan, SendTerms terms, Call call)
    {
        var approved = plan.Approved(terms, call.Plan);
        var digest = approved?.Digest ?? plan.Approved(terms, null)!.Value.Digest;
        var position = approved?.Position ?? plan.Scan.SuppressionPos;
        var view = PlanAnswer.Of(plan, terms, digest, call, read: approved is null);
        var sections = plan.Sections(terms, position);
        var refusal = approved is null ? Changed(plan, sections, call)
            : view.Refusals.Count > 0 ? Refused(plan, view)
            : null;
        call.App.Plans.Shown(plan.Task.Id, digest, sections);
        return (refusal is null ? null : refusal with { Data = Json(view) }, new ApprovedPlan(plan, terms, digest, position, view));
    }

    private static async ValueTask<Outcome<TaskView>> Commit(Db db, Call call, ApprovedPlan approved, Func<Db, TaskRow, ApprovedPlan, ValueTask<Outcome<TaskView>>> commit)
    {
        var (plan, terms, _, _, view) = approved;
        await AccountRows.Hold(db, call.Account);
        var task = await TaskRows.Load(db, call.Account, plan.Task.Id);
        if (task is null || task.Version != plan.Task.Version || task.SetId != plan.Task.SetId) return ChangedMeanwhile();
        if (Unread(task, call) is { } unread) return unread;
        if (!terms.AllowHeld && await HeldRows.Position(db, call.Account) != plan.HeldPosition) return ChangedMeanwhile();
        if (await MailboxRows.Load(db, call.Account, task.Mailbox!) is null) return ChangedMeanwhile();
        if (!terms.AllowRepeat && await Repeats(db, call, plan, task)) return ChangedMeanwhile();
        if (task.Status == MailTaskStatus.Scheduled) await ScheduleRows.GiveBack(db, task);
        if (await KeyLimits.Spend(db, call, task, view.MailsToSend, terms.SendAt ?? db.Now) is { } spent) return spent with { Data = Json(view with { Verdict = "refused", Next = null }) };
        return await commit(db, task, approved);
    }

    /// <summary>Checked again where it counts: another task with the same content may have started since the read.</summary>
    private static async ValueTask<bool> Repeats(Db db, Call call, SendingPlan plan, TaskRow task)
    {
        var sets = await ContentRows.SetsWithSameContent(db, call.Account, task.Id, plan.Content!.Digest, plan.SameKey, plan.Start - Lookback.RepeatMicros);
        return sets.Except(plan.SameContentSets).Any(); // whom it concerns is looked up outside the writer, by another read
    }

    private static byte[] Json(PlanView view) => JsonSerializer.SerializeToUtf8Bytes(view, WireJson.Readable.PlanView);

    private static Refusal Changed(SendingPlan plan, IReadOnlyList<PlanSection> now, Call call)
    {
        var was = call.App.Plans.PartsOf(plan.Task.Id, call.Plan!);
        var differ = was is null ? [] : PlanDigest.Differing(was, now);
        var what = differ.Count > 0 ? $" What differs: {string.Join(", ", differ)}." : "";
        var problems = differ.Count > 0
            ? differ.Select(d => new Problem("plan", "changed", $"The {d} section differs.", "Read the new plan."))
            : [new Problem("plan", "changed", "This task has no such plan now.", "Read the new plan.")];
        return new Refusal(ErrorCodes.PlanChanged, "What was approved is no longer what would leave." + what)
        {
            Problems = [.. problems],
            Action = new("fix", null, $"Read it back, then approve again: {call.Own}"),
        };
    }

    /// <summary>What the key may not weighs most: nothing that is mended in the task would help.</summary>
    private static Refusal Refused(SendingPlan plan, PlanView view) => new(plan.Bounds.Count > 0 ? plan.Bounds[0].ErrorCode : ErrorCodes.InvalidState, $"Not ready: {view.Refusals[0].Problem}{(view.Refusals.Count > 1 ? $" (and {view.Refusals.Count - 1} more)" : "")}")
    {
        Problems = [.. view.Refusals.Take(Limits.ProblemsListed).Select(r => new Problem("", r.Code, r.Problem, r.Fix))],
        Action = new("fix", null, view.Refusals[0].Fix),
    };
}

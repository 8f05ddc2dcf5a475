using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Planning;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending;

/// <summary>Shows the plan; forced, starts exactly that and nothing else.</summary>
internal static class Send
{
    /// <summary>The rendering rules plans are made with; a plan of older rules would render by them.</summary>
    private const int RenderVersion = 1;

    /// <summary>Somebody may edit between the read and the start; then it is read again, this often.</summary>
    private const int Reads = 3;

    public static async Task<Outcome<TaskView>> Handle(SendTask input, Call call, CancellationToken ct)
    {
        if (input.AllowRepeat == true && !call.IsPerson)
            return new Refusal(ErrorCodes.ScopeRequired, "allow_repeat is for people; an agent's key never may.") { Problems = [new("$.allow_repeat", "person", "allow_repeat is for people.", "Leave it out, or ask a person.")] };
        var terms = new SendTerms(input.SendUntil is null ? null : Micros.Of(Instants.Parse(input.SendUntil)), input.AllowRepeat == true);
        for (var read = 1; ; read++)
        {
            // A task that was started has no plan: "nothing has been sent" would be a lie about it.
            if (await call.Read(db => TaskRows.Load(db, call.Account, input.TaskId)) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
            if (TaskGuard.Problem(task, TaskCommand.Send) is { } notNow) return notNow;
            var plan = await call.Read(db => SendingPlan.Read(db, call, input.TaskId, call.App.Plans));
            // An approved plan counts people as it did then: who was taken off the suppression list since is still left out.
            if (plan is not null && call.Plan is not null && plan.Approved(terms, call.Plan) is { } approved && approved.Position < plan.Scan.SuppressionPos)
                plan = await call.Read(db => SendingPlan.Read(db, call, input.TaskId, call.App.Plans, approved.Position));
            if (plan is null) return Refusal.NotFound("task", input.TaskId, "task_id");
            var (refusal, digest, position, view) = Judge(plan, terms, call);
            if (refusal is not null) return refusal;
            var outcome = await call.Change<TaskView>(db => Start(db, call, plan, terms, digest, position, view));
            if (outcome.Refusal is { Code: ErrorCodes.PlanChanged } && read < Reads) continue;
            return outcome;
        }
    }

    /// <summary>Everything that can be said without writing.</summary>
    private static (Refusal? Refusal, string Digest, long Position, PlanView View) Judge(SendingPlan plan, SendTerms terms, Call call)
    {
        var approved = plan.Approved(terms, call.Plan);
        var digest = approved?.Digest ?? plan.Approved(terms, null)!.Value.Digest;
        var position = approved?.Position ?? plan.Scan.SuppressionPos;
        var view = PlanAnswer.Of(plan, terms, digest);
        var sections = plan.Sections(terms, position);
        var refusal = approved is null ? Changed(plan, sections, call)
            : view.Refusals.Count > 0 ? Refused(plan, view)
            : null;
        call.App.Plans.Shown(plan.Task.Id, digest, sections);
        return (refusal is null ? null : refusal with { Data = JsonSerializer.SerializeToUtf8Bytes(view, WireJson.Readable.PlanView) }, digest, position, view);
    }

    private static async ValueTask<Outcome<TaskView>> Start(Db db, Call call, SendingPlan plan, SendTerms terms, string digest, long position, PlanView view)
    {
        var task = await TaskRows.Load(db, call.Account, plan.Task.Id);
        if (task is null || task.Version != plan.Task.Version || task.SetId != plan.Task.SetId) return ChangedMeanwhile();
        if (await MailboxRows.Load(db, call.Account, task.Mailbox!) is null) return ChangedMeanwhile();
        if (!terms.AllowRepeat && await Repeats(db, call, plan, task)) return ChangedMeanwhile();
        if (await KeyLimits.Spend(db, call, task.Id, view.MailsToSend) is { } spent) return spent with { Data = JsonSerializer.SerializeToUtf8Bytes(view, WireJson.Readable.PlanView) };
        if (await TaskRows.Start(db, task, digest, terms.SendUntil) == 0) return ChangedMeanwhile();
        await PlanRows.Insert(db, Row(db, call, plan, task, terms, digest, position));
        db.AfterCommit(call.App.Signals.TaskStarted);
        var now = await TaskRows.Load(db, call.Account, task.Id);
        var where = view.Delivery == "files" ? " They are written to files; nothing leaves this machine." : "";
        var outcome = Outcome<TaskView>.Done(await Tasks.Get.View(db, now!, changed: true), $"Sending has started: {Plural.Of(view.MailsToSend, "mail")}.{where}", $"noxinfluencer email get {task.Id}", task.Id);
        return outcome.With(view, $"Dry run, nothing changed. {Plural.Of(view.MailsToSend, "mail")} would be sent{(view.Delivery == "files" ? " to files" : "")} as {view.Sender?.Address}.", PlanAnswer.Line(plan, terms, digest));
    }

    /// <summary>Checked again where it counts: another task with the same content may have started since the read.</summary>
    private static async ValueTask<bool> Repeats(Db db, Call call, SendingPlan plan, TaskRow task)
    {
        var since = db.Now - SendingPlan.RepeatMicros;
        var sets = await ContentRows.SetsWithSameContent(db, call.Account, task.Id, plan.Content!.Digest, since);
        var fresh = sets.Except(plan.SameContentSets).ToList();
        return fresh.Count > 0; // whom it concerns is looked up outside the writer, by another read
    }

    private static PlanRow Row(Db db, Call call, SendingPlan plan, TaskRow task, SendTerms terms, string digest, long position) => new()
    {
        Task = task.Id, PlanNo = task.PlanNo + 1, SetId = task.SetId, Digest = digest, RenderVersion = RenderVersion, ContentVersion = task.ContentVersion, Sender = task.Sender!,
        Products = JsonSerializer.Serialize([.. plan.Cards.Select(c => new ProductCopy(c.Id, c.Product, c.Title, c.Link, c.Price, c.Currency, c.ThumbnailUrl))], StoredJson.Default.ListProductCopy),
        PostalAddress = plan.Footer.PostalAddress, Footer = plan.Footer.Added, Tracking = "off", SendUntil = terms.SendUntil, SuppressionPos = position, AllowRepeat = terms.AllowRepeat,
        Uid = call.Uid, KeyId = call.Key.Id, CreatedAt = db.Now,
    };

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
            Action = new("fix", null, $"Read it back, then approve again: noxinfluencer email send {plan.Task.Id}"),
        };
    }

    private static Refusal ChangedMeanwhile() => new(ErrorCodes.PlanChanged, "The task changed while it was being sent; nothing has been sent.")
    {
        Action = new("retry", null, "Read the plan again, then repeat."),
    };

    /// <summary>What the key may not weighs most: nothing that is mended in the task would help.</summary>
    private static Refusal Refused(SendingPlan plan, PlanView view) => new(plan.Bounds.Count > 0 ? plan.Bounds[0].ErrorCode : ErrorCodes.InvalidState, $"Not ready: {view.Refusals[0].Problem}{(view.Refusals.Count > 1 ? $" (and {view.Refusals.Count - 1} more)" : "")}")
    {
        Problems = [.. view.Refusals.Take(Limits.ProblemsListed).Select(r => new Problem("", r.Code, r.Problem, r.Fix))],
        Action = new("fix", null, view.Refusals[0].Fix),
    };
}

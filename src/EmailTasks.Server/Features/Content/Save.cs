using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Message;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Content;

/// <summary>Saves content. What comes out of cleaning is the content: it is what is read back, previewed and sent.</summary>
internal static class Save
{
    public static Task<Outcome<TaskView>> Handle(SaveContent input, Call call, CancellationToken ct) =>
        Into(input.TaskId, "task_id", new ContentSource(input.Subject, input.HtmlBody, input.TextBody, input.Preheader), call);

    /// <summary>Makes a source the content of a task.</summary>
    /// <param name="path">Where the caller named the task.</param>
    public static async Task<Outcome<TaskView>> Into(string taskId, string path, ContentSource source, Call call)
    {
        var compiled = ContentCompiler.Compile(source);
        if (compiled.Content is not { } content) return Problems(compiled);
        return await call.Change<TaskView>(async db =>
        {
            if (await TaskRows.Load(db, call.Account, taskId) is not { } task) return Refusal.NotFound("task", taskId, path);
            if (TaskGuard.Problem(task, TaskCommand.Edit) is { } refused) return refused;
            var present = task.ContentVersion == 0 ? null : await ContentRows.Load(db, task.Id, task.ContentVersion);
            var changed = present?.Digest != content.Digest;
            if (changed) await Store(db, task, content);
            var now = await TaskRows.Load(db, call.Account, task.Id);
            var view = await Tasks.Get.View(db, now!, changed, removed: content.Removed);
            return Outcome<TaskView>.Done(view, Sentence(content, changed, task), Next(now!), task.Id).With(changed: changed);
        });
    }

    /// <summary>Everything that is wrong with content, with line and column.</summary>
    public static Refusal Problems(ContentResult compiled) => Refusal.Invalid(
        [.. compiled.Problems.Take(Limits.ProblemsListed).Select(p => new Problem($"$.{p.Member}", "content", $"Line {p.Line}, column {p.Column}: {p.Problem}", p.Fix))]);

    private static async ValueTask Store(Db db, TaskRow task, CompiledContent content)
    {
        var version = await ContentRows.NextVersion(db, task.Id);
        await ContentRows.Insert(db, new ContentRow
        {
            Task = task.Id, Version = version, Subject = content.SubjectSource, Html = content.HtmlSource,
            Text = content.TextSource ?? Texts.Derived(content), TextDerived = content.TextSource is null, Preheader = content.PreheaderSource,
            Digest = content.Digest, Variables = JsonSerializer.Serialize([.. content.VariablesUsed], StoredJson.Default.ListString), CreatedAt = db.Now,
        });
        await TaskRows.SetContentVersion(db, task.Id, version);
        await TaskRows.Edited(db, task);
    }

    private static Said Sentence(CompiledContent content, bool changed, TaskRow was)
    {
        if (!changed) return Said.Already("The content is so already.");
        var removed = Plural.Of(content.Removed.Count, "thing");
        var said = Said.Of("Content", "saved", ".")
            .And(content.Removed.Count > 0, $"Cleaning took out {removed}: see content.removed.", $"Cleaning would take out {removed}: see content.removed.");
        return TaskGuard.BackToDraft(said, was, changed);
    }

    private static NextStep Next(TaskRow task) =>
        task.Mailbox is null ? NextStep.Of(MailboxOps.UpdateSender, task.Id).WithBody() : NextStep.Of(ContentOps.Preview, task.Id);
}

/// <summary>Stored content as compiled content, and back.</summary>
internal static class Texts
{
    /// <summary>The source of a text that was derived from HTML, for reading back.</summary>
    public static string? Derived(CompiledContent content) => content.Text.ToSource();

    /// <summary>Compiles what is stored; it compiled when it was saved.</summary>
    public static CompiledContent Compile(ContentRow row) =>
        ContentCompiler.Compile(new ContentSource(row.Subject, row.Html, row.TextDerived ? null : row.Text, row.Preheader)).Content
        ?? throw new InvalidOperationException($"Stored content {row.Task}/{row.Version} no longer compiles.");
}

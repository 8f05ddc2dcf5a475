using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Server.Message;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Templates;

/// <summary>Content templates: kept, read, and used by copying them into a task.</summary>
internal static class TemplateLibrary
{
    public static async Task<Outcome<Page<TemplateView>>> List(ListTemplates input, Call call, CancellationToken ct)
    {
        var (ask, refusal) = Pages.Ask(input.PageSize, input.PageNum, input.Cursor);
        if (refusal is not null) return refusal;
        var listed = await call.Read(db => TemplateRows.List(db, call.Account, input.Keyword, ask));
        return Outcome<Page<TemplateView>>.Done(Pages.Of(listed, ask, listed.Rows.ConvertAll(r => View(r, withTexts: false))), Pages.Sentence(listed.Total, listed.IsLowerBound, "template"));
    }

    public static async Task<Outcome<TemplateView>> Get(GetTemplate input, Call call, CancellationToken ct) =>
        await call.Read(db => TemplateRows.Load(db, call.Account, input.TemplateId)) is { } row
            ? Outcome<TemplateView>.Done(View(row), $"Template \"{row.Name}\".")
            : Refusal.NotFound("template", input.TemplateId, "template_id");

    public static async Task<Outcome<TemplateView>> Save(SaveTemplate input, Call call, CancellationToken ct)
    {
        var compiled = ContentCompiler.Compile(new ContentSource(input.Subject, input.HtmlBody, input.TextBody, null));
        if (compiled.Content is not { } content) return Content.Save.Problems(compiled);
        var id = input.TemplateId ?? call.NewId("tpl");
        return await call.Change<TemplateView>(async db =>
        {
            var old = input.TemplateId is null ? null : await TemplateRows.Load(db, call.Account, input.TemplateId);
            if (input.TemplateId is not null && old is null) return Refusal.NotFound("template", input.TemplateId, "$.template_id");
            var row = new TemplateRow
            {
                Id = id, Account = call.Account, Name = input.Name, Language = input.Language, Subject = content.SubjectSource, Html = content.HtmlSource, Text = content.TextSource,
                Variables = JsonSerializer.Serialize([.. content.VariablesUsed], StoredJson.Default.ListString), Version = old?.Version ?? 1, CreatedAt = old?.CreatedAt ?? db.Now, UpdatedAt = db.Now,
            };
            if (old is not null && PersonsWork.Problem(call, old.EditedActor, "template", "$.template_id") is { } persons) return persons;
            if (old is null) await TemplateRows.Insert(db, row);
            else await TemplateRows.Update(db, row);
            var now = await TemplateRows.Load(db, call.Account, id);
            return Outcome<TemplateView>.Done(View(now!) with { Removed = content.Removed, Changed = true }, Said.Of($"Template \"{TextCheck.Shown(input.Name)}\"", "saved", "."),
                NextStep.Of(TemplateOps.Use, id).Asking("task_id"), id, undo: old is null ? NextStep.Of(TemplateOps.Delete, id) : null);
        });
    }

    public static async Task<Outcome<TaskView>> Use(UseTemplate input, Call call, CancellationToken ct) =>
        await call.Read(db => TemplateRows.Load(db, call.Account, input.TemplateId)) is { } row
            ? await Content.Save.Into(input.TaskId, "$.task_id", new ContentSource(row.Subject, row.Html, row.Text, null), call)
            : Refusal.NotFound("template", input.TemplateId, "template_id");

    public static Task<Outcome<TemplateDeleted>> Delete(DeleteTemplate input, Call call, CancellationToken ct) => call.Change<TemplateDeleted>(async db =>
    {
        if (await TemplateRows.Load(db, call.Account, input.TemplateId) is not { } row) return Refusal.NotFound("template", input.TemplateId, "template_id");
        if (PersonsWork.Problem(call, row.EditedActor, "template", "template_id") is { } persons) return persons;
        await TemplateRows.Delete(db, row.Id);
        return Outcome<TemplateDeleted>.Done(new TemplateDeleted(row.Id, true), Said.Of($"Template \"{TextCheck.Shown(row.Name)}\"", "deleted", "."), objectId: row.Id);
    });

    private static TemplateView View(TemplateRow r, bool withTexts = true) => new(
        r.Id, r.Name, r.Language, r.Subject, withTexts ? r.Html : null, withTexts ? r.Text : null,
        JsonSerializer.Deserialize(r.Variables, StoredJson.Default.ListString)!, null, r.Version, Micros.At(r.CreatedAt), Micros.At(r.UpdatedAt), null);
}

using System.Text.Json.Serialization;

namespace EmailTasks.Contracts;

public sealed record ListTemplates(
    [property: Wire("Only templates whose name holds this text; case does not matter.", In = WireIn.Query, Max = 120)] string? Keyword,
    [property: Wire("Rows a page, 1-100; 20 unless told.", In = WireIn.Query, Min = 1, Max = Limits.PageSizeMax)] int? PageSize,
    [property: Wire("Page number from 1, up to row 10,000; beyond it use the cursor.", In = WireIn.Query, Min = 1)] int? PageNum,
    [property: Wire("next_cursor of the page before; not together with page_num.", In = WireIn.Query, Max = 200)] string? Cursor);

public sealed record GetTemplate([property: Wire("The template.", In = WireIn.Path, Id = "tpl")] string TemplateId);

[Members(AtLeastOne = ["html_body", "text_body"])]
public sealed record SaveTemplate(
    [property: Wire("The template to overwrite; without it a new one is made.", Id = "tpl")] string? TemplateId,
    [property: Wire("What the template is called.", Min = 1, Max = 120, SingleLine = true)] string Name,
    [property: Wire("Language tag, e.g. en or pt-BR.", Min = 2, Max = 20, SingleLine = true)] string Language,
    [property: Wire("The subject; variables allowed, one line.", Min = 1, Max = 998, SingleLine = true)] string Subject,
    [property: Wire("HTML, up to 512 KB.", MaxBytes = Limits.ContentBytes)] string? HtmlBody,
    [property: Wire("Plain text, up to 512 KB.", MaxBytes = Limits.ContentBytes)] string? TextBody);

public sealed record UseTemplate(
    [property: Wire("The template.", In = WireIn.Path, Id = "tpl")] string TemplateId,
    [property: Wire("The task whose content it becomes.", Id = "tsk")] string TaskId);

public sealed record DeleteTemplate([property: Wire("The template.", In = WireIn.Path, Id = "tpl")] string TemplateId);

public sealed record TemplateView(
    string TemplateId, string Name, string Language, string Subject,
    [property: Wire("Cleaned HTML.", Told = Told.Digest), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? HtmlBody,
    [property: Wire("Plain text.", Told = Told.Digest), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? TextBody,
    [property: Wire("The variables that recipients must bring.", Told = Told.Beginning, First = 10)] IReadOnlyList<string> VariablesUsed,
    [property: Wire("What cleaning took out of the HTML.", Told = Told.Beginning, First = 4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Removed,
    long Version, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Changed);

public static class TemplateOps
{
    public static readonly Op<ListTemplates, Page<TemplateView>> List = new("email templates list", "GET /v1/email-templates", Effect.Read, Role.Viewer,
        "List content templates, newest first.", static j => j.ListTemplates, static j => j.PageTemplateView)
    { Aliases = ["email content templates list"] };

    public static readonly Op<GetTemplate, TemplateView> Get = new("email templates get", "GET /v1/email-templates/{template_id}", Effect.Read, Role.Viewer,
        "Read one content template.", static j => j.GetTemplate, static j => j.TemplateView)
    { TellsTexts = true, Aliases = ["email content templates get"] };

    public static readonly Op<SaveTemplate, TemplateView> Save = new("email templates save", "POST /v1/email-templates", Effect.Change, Role.Operator,
        "Save a content template, new or over an old one.", static j => j.SaveTemplate, static j => j.TemplateView)
    {
        Example = """{"name":"Spring outreach","language":"en","subject":"Hi {{ name | default: \"there\" }}","text_body":"We liked {{ video | default: \"your videos\" }}."}""",
        Syntax = ContentSyntax.Text,
        Aliases = ["email content templates save"],
    };

    public static readonly Op<UseTemplate, TaskView> Use = new("email templates use", "POST /v1/email-templates/{template_id}/use", Effect.Change, Role.Operator,
        "Make a template the content of a task; the task keeps its own copy.", static j => j.UseTemplate, static j => j.TaskView)
    {
        Example = """{"task_id":"tsk_example"}""",
        Tells = ["content"],
        BodyOptions = [new("--task-id", "task_id", false)],
        Aliases = ["email templates apply", "email content templates use", "email content templates apply"],
    };

    public static readonly Op<DeleteTemplate, TemplateDeleted> Delete = new("email templates delete", "DELETE /v1/email-templates/{template_id}", Effect.Destroy, Role.Operator,
        "Delete a content template; tasks that used it keep their copies.", static j => j.DeleteTemplate, static j => j.TemplateDeleted)
    { Aliases = ["email content templates delete"] };
}

using System.Text.Json.Serialization;

namespace EmailTasks.Contracts;

[Members(AtLeastOne = ["html_body", "text_body"])]
public sealed record SaveContent(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("The subject; variables allowed, one line.", Min = 1, Max = 998, SingleLine = true)] string Subject,
    [property: Wire("HTML, up to 512 KB; it is cleaned, and what is taken out is named in the answer.", MaxBytes = Limits.ContentBytes)] string? HtmlBody,
    [property: Wire("Plain text, up to 512 KB; derived from the HTML when absent.", MaxBytes = Limits.ContentBytes)] string? TextBody,
    [property: Wire("The line that mail programs show after the subject.", Max = 200, SingleLine = true)] string? Preheader);

public sealed record PreviewTask(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("A recipient id or address; without it three telling samples.", In = WireIn.Query, Max = Limits.AddressCharacters)] string? Recipient,
    [property: Wire("true: add the raw message.", In = WireIn.Query)] bool? Raw);

/// <summary>A header field as it leaves.</summary>
public sealed record HeaderView(string Name, string Value);

/// <summary>The exact message one recipient would get; tokens in it are inert.</summary>
public sealed record PreviewMessage(
    string RecipientId, string From, string To, string? ReplyTo, string Subject,
    [property: Wire("Its header fields, in order.", Told = Told.WhenFull)] IReadOnlyList<HeaderView> Headers,
    [property: Wire("What mail programs show as text.", Told = Told.Beginning, First = 240)] string TextBody,
    [property: Wire("The HTML part.", Told = Told.WhenFull)] string? HtmlBody,
    long SizeBytes,
    [property: Wire("SHA-256 of the message's bytes, with inert tokens and date.", Told = Told.WhenFull)] string MessageDigest,
    [property: Wire("Where the links that lead through this server end, by their number.", Told = Told.WhenFull)] IReadOnlyList<string> Links,
    [property: Wire("Why this one is a sample: first, default_used, longest or non_ascii."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ChosenFor,
    [property: Wire("The raw message (RFC 5322)."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Raw);

public sealed record PreviewView(
    string TaskId, long Version,
    [property: Wire("One message for the recipient asked for, else up to three telling samples.")] IReadOnlyList<PreviewMessage> Messages,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? RecipientId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? From,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? To,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ReplyTo,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Subject,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<HeaderView>? Headers,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? TextBody,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? HtmlBody,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? SizeBytes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? MessageDigest,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Links,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Raw);

public static class ContentOps
{
    public static readonly Op<SaveContent, TaskView> Save = new("email content save", "PUT /v1/email-tasks/{task_id}/content", Effect.Change, Role.Operator,
        "Save approved content: subject and HTML or text, with {{ variables }}.", static j => j.SaveContent, static j => j.TaskView)
    {
        Example = """{"subject":"{{ name | default: \"Hello\" }}, our spring shoes and your video","html_body":"<p>Hi {{ name | default: \"there\" }},</p><p>we liked <b>{{ video | default: \"your videos\" }}</b>.</p>{{ product_cards }}<p><a href=\"{{ unsubscribe_url }}\">No more mails</a></p>","preheader":"A pair for your next run"}""",
        Tells = ["content"],
        Syntax = ContentSyntax.Text,
        BodyOptions = [new("--subject", "subject", false), new("--html-file", "html_body", true), new("--text-file", "text_body", true), new("--preheader", "preheader", false)],
    };

    public static readonly Op<PreviewTask, PreviewView> Preview = new("email preview", "GET /v1/email-tasks/{task_id}/preview", Effect.Read, Role.Viewer,
        "Show the exact message a recipient would get, or three telling samples.", static j => j.PreviewTask, static j => j.PreviewView)
    {
        TellsTexts = true,
        LocalOptions = [("--output <file>", "Write the message to a file: x.eml (the raw message) or x.html.")],
    };
}

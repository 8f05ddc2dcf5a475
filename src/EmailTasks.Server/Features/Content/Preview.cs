using System.Text;
using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Features.Sending;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Http;
using EmailTasks.Server.Message;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Content;

/// <summary>The exact message one recipient would get: the same renderer, the same bytes, inert tokens.</summary>
internal static class Preview
{
    /// <summary>Rows looked through for telling samples.</summary>
    private const int Looked = 2_000;

    public static async Task<Outcome<PreviewView>> Handle(PreviewTask input, Call call, CancellationToken ct)
    {
        var now = call.App.Time.GetUtcNow();
        return await call.Read<Outcome<PreviewView>>(async db =>
        {
            if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
            if (task.ContentVersion == 0) return Refusal.State("The task has no content yet.", $"Save some: {NextStep.Of(ContentOps.Save, task.Id).WithBody()}");
            if (task.Sender is null) return Refusal.State("The task has no sender yet.", $"Choose one: {NextStep.Of(MailboxOps.UpdateSender, task.Id).WithBody()}");
            var renderer = await Rendering.Of(db, call.App, task);
            if (input.Recipient is null) return await Samples(db, task, renderer, input.Raw == true, now);
            var byId = input.Recipient.StartsWith("rcp_", StringComparison.Ordinal);
            if (await Recipients.Lookup.Find(db, task, byId ? input.Recipient : null, byId ? null : input.Recipient) is not { } row)
                return Refusal.NotFound("recipient", TextCheck.Shown(input.Recipient), "recipient");
            var (message, problems) = Of(renderer, row, input.Raw == true, now, null);
            return message is null ? Refusal.State(problems[0].Problem, problems[0].Fix) : One(task, message);
        });
    }

    private static Outcome<PreviewView> One(TaskRow task, PreviewMessage m) => Outcome<PreviewView>.Done(
        new PreviewView(task.Id, task.Version, [m], m.RecipientId, m.From, m.To, m.ReplyTo, m.Subject, m.Headers, m.TextBody, m.HtmlBody, m.SizeBytes, m.MessageDigest, m.Links, m.Raw),
        $"The message to {m.To}; nothing has been sent.", NextStep.Of(SendingOps.Send, task.Id));

    private static async ValueTask<Outcome<PreviewView>> Samples(Db db, TaskRow task, MessageRenderer renderer, bool raw, DateTimeOffset now)
    {
        var rows = await RecipientRows.After(db, task.SetId, 0, Looked);
        if (rows.Count == 0) return Refusal.State("The task has no recipients yet.", $"Add some: {NextStep.Of(RecipientOps.Add, task.Id).WithBody()}");
        var chosen = Choose(rows, renderer);
        var messages = chosen.Select(c => Of(renderer, c.Row, raw, now, c.Why)).ToList();
        var shown = messages.Where(m => m.Message is not null).Select(m => m.Message!).ToList();
        if (shown.Count == 0) return Refusal.State(messages[0].Problems[0].Problem, messages[0].Problems[0].Fix);
        var view = new PreviewView(task.Id, task.Version, shown, null, null, null, null, null, null, null, null, null, null, null, null);
        return Outcome<PreviewView>.Done(view, $"{Plural.Of(shown.Count, "sample message")}; nothing has been sent.", NextStep.Of(SendingOps.Send, task.Id));
    }

    /// <summary>Up to three people whose messages tell most: defaults used, longest, not ASCII; else the first.</summary>
    public static List<(RecipientRow Row, string Why)> Choose(IReadOnlyList<RecipientRow> rows, MessageRenderer renderer)
    {
        RecipientRow? defaulted = null, longest = null, foreign = null;
        var most = -1;
        foreach (var row in rows)
        {
            var defaults = new List<string>();
            if (renderer.Check(Rendering.Recipient(row), defaults).Count > 0) continue;
            if (defaults.Count > 0) defaulted ??= row;
            var length = (row.Variables?.Length ?? 0) + (row.Name?.Length ?? 0);
            if (length > most) (longest, most) = (row, length);
            if (foreign is null && !((row.Name ?? "") + (row.Values is { } v ? string.Concat(v.Values) : "")).All(char.IsAscii)) foreign = row;
        }
        List<(RecipientRow? Row, string Why)> all = [(defaulted, "default_used"), (longest, "longest"), (foreign, "non_ascii"), (rows[0], "first")];
        return [.. all.Where(c => c.Row is not null).DistinctBy(c => c.Row!.Seq).Take(3).Select(c => (c.Row!, c.Why))];
    }

    /// <summary>One message, or what keeps it from being written.</summary>
    public static (PreviewMessage? Message, IReadOnlyList<RenderProblem> Problems) Of(MessageRenderer renderer, RecipientRow row, bool raw, DateTimeOffset now, string? why)
    {
        var recipient = Rendering.Recipient(row);
        var rendered = renderer.Render(recipient, MessageTokens.Inert);
        if (rendered.Text is not { } text) return (null, rendered.Problems);
        using var mime = renderer.BuildMime(text, recipient, MessageTokens.Inert, now);
        var bytes = MessageRenderer.ToBytes(mime);
        var message = new PreviewMessage(
            RecipientIds.Of(row.SetId, row.Seq), mime.From.ToString(), mime.To.ToString(), mime.ReplyTo.Count > 0 ? mime.ReplyTo.ToString() : null, text.Subject,
            [.. mime.Headers.Select(h => new HeaderView(h.Field, h.Value))], text.Text, text.Html, bytes.Length, renderer.MessageDigest(text, recipient), renderer.LinkTargets(recipient), why,
            raw ? Encoding.UTF8.GetString(bytes) : null);
        return (message, []);
    }
}

/// <summary>Renderers over what is stored.</summary>
internal static class Rendering
{
    /// <summary>A recipient as the message room takes it.</summary>
    public static MessageRecipient Recipient(RecipientRow row) => new(row.Address, row.Name, row.Values);

    /// <summary>The renderer of a task: what was approved, once it is scheduled or sent, whatever the account says since.</summary>
    public static async ValueTask<MessageRenderer> Of(Db db, App app, TaskRow task) =>
        task.Status != MailTaskStatus.Draft && await Dispatch.TaskRendering.Load(db, app.Tokens, task) is { } planned
            ? planned.Renderer
            : await OfDraft(db, app, task, task.Mailbox is null ? null : await MailboxRows.Load(db, task.Account, task.Mailbox));

    /// <summary>The renderer of a task as it stands now.</summary>
    /// <param name="mailbox">The task's, or null.</param>
    /// <param name="adjust">What points at this server, where it is not as in the task's own mails.</param>
    public static async ValueTask<MessageRenderer> OfDraft(Db db, App app, TaskRow task, MailboxRow? mailbox, Func<OwnLinks, OwnLinks>? adjust = null)
    {
        var content = await ContentRows.Load(db, task.Id, task.ContentVersion);
        var account = await GateRows.Account(db, task.Account);
        var cards = await ContentRows.Cards(db, task.Id);
        var compiled = Texts.Compile(content!);
        var links = PlanLinks.Of(app, account, task, mailbox, compiled.Html is not null).Own();
        return Of(compiled, task.Sender, [.. cards.Select(c => new ProductCard(c.Title, c.Link, c.Price, c.Currency, c.ThumbnailUrl))], account?.PostalAddress, FooterOf(compiled, account), adjust?.Invoke(links) ?? links);
    }

    /// <summary>What the server adds to this content in this account: the same for preview, plan and sending.</summary>
    public static Footer? FooterOf(CompiledContent content, AccountRow? account) => Footer.For(content, account?.Company, account?.PostalAddress);

    /// <summary>A footer as a plan keeps and hashes it; null when there is none.</summary>
    public static string? Stored(Footer? footer) => footer is null ? null
        : System.Text.Json.JsonSerializer.Serialize(new FooterCopy(footer.Html?.ToList(), footer.Text?.ToList()), StoredJson.Default.FooterCopy);

    /// <summary>A renderer over copies.</summary>
    public static MessageRenderer Of(CompiledContent content, string? sender, IReadOnlyList<ProductCard> products, string? postalAddress, Footer? footer, OwnLinks links)
    {
        var copy = sender is null ? null : System.Text.Json.JsonSerializer.Deserialize(sender, StoredJson.Default.SenderCopy);
        return new MessageRenderer(content, new RenderPlan(copy?.Address ?? "nobody@sender.invalid", copy?.FromName, copy?.ReplyTo, postalAddress, footer, products, links));
    }
}

using System.Text.Json;
using EmailTasks.Server.Message;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;
using MimeKit;

namespace EmailTasks.Server.Dispatch;

/// <summary>A message ready to be handed over.</summary>
internal sealed class OutgoingMail(MimeMessage message) : IDisposable
{
    public MimeMessage Message => message;

    public void Dispose() => message.Dispose();
}

/// <summary>Writes a task's messages. Reads the plan and nothing else: what was approved is what leaves.</summary>
internal sealed class TaskRendering(MessageRenderer renderer, DeliveryTokens tokens, int tokenKey, string senderAddress)
{
    /// <summary>The rendering of a task's plan; null where it has none.</summary>
    public static async Task<TaskRendering?> Load(IStore store, DeliveryTokens tokens, TaskRow task)
    {
        return await store.Read(db => Load(db, tokens, task));
    }

    /// <summary>The same, where there is a snapshot already.</summary>
    public static async ValueTask<TaskRendering?> Load(Db db, DeliveryTokens tokens, TaskRow task)
    {
        var plan = await PlanRows.Load(db, task.Id, task.PlanNo);
        var content = plan is null ? null : await ContentRows.Load(db, task.Id, plan.ContentVersion);
        if (plan is null || content is null) return null;
        var sender = JsonSerializer.Deserialize(plan.Sender, StoredJson.Default.SenderCopy)!;
        var products = JsonSerializer.Deserialize(plan.Products, StoredJson.Default.ListProductCopy)!;
        var tracking = PlanTracking.Of(plan.Tracking);
        var compiled = ContentCompiler.Compile(new ContentSource(content.Subject, content.Html, content.TextDerived ? null : content.Text, content.Preheader)).Content
            ?? throw new InvalidOperationException($"The content of {task.Id} no longer compiles.");
        var renderer = new MessageRenderer(compiled, new RenderPlan(sender.Address, sender.FromName, sender.ReplyTo, plan.PostalAddress, Footer(plan),
            [.. products.Select(p => new ProductCard(p.Title, p.Link, p.Price, p.Currency, p.ThumbnailUrl))], new OwnLinks(tracking.PublicUrl, tracking.Opens, tracking.Clicks, tracking.OneClick)));
        return new TaskRendering(renderer, tokens, tracking.TokenKey, sender.Address);
    }

    /// <summary>The envelope sender.</summary>
    public string SenderAddress => senderAddress;

    /// <summary>One recipient's message.</summary>
    public OutgoingMail Write(RecipientRow row, DateTimeOffset date)
    {
        var recipient = new MessageRecipient(row.Address, row.Name, row.Values);
        var marks = tokens.For(row.SetId, row.Seq, tokenKey);
        var rendered = renderer.Render(recipient, marks);
        if (rendered.Text is not { } text) throw new InvalidOperationException($"A planned message does not render: {rendered.Problems[0].Code}.");
        return new OutgoingMail(renderer.BuildMime(text, recipient, marks, date));
    }

    /// <summary>The renderer of the plan.</summary>
    public MessageRenderer Renderer => renderer;

    /// <summary>How many links of a message lead through this server at most; a variable may have made one something else.</summary>
    public int Links => renderer.Links;

    /// <summary>Where a link of this recipient's message leads, or null when it has no such link.</summary>
    public string? LinkTarget(RecipientRow row, int link) => renderer.LinkTarget(new MessageRecipient(row.Address, row.Name, row.Values), link);

    private static Footer? Footer(PlanRow plan) =>
        plan.Footer is null ? null : JsonSerializer.Deserialize(plan.Footer, StoredJson.Default.FooterCopy) is { } copy ? new Footer(copy.Html, copy.Text) : null;
}

/// <summary>How far a lane is with one task. All of it is a hint: the rows decide.</summary>
internal sealed class TaskProgress(int planNo, long reopened, TaskRendering rendering, long cursor)
{
    /// <summary>The plan it belongs to.</summary>
    public int PlanNo => planNo;

    /// <summary>How often the task was opened again. A person's retry is due at once, however long this lane meant to rest.</summary>
    public long Reopened => reopened;

    /// <summary>How its messages are written.</summary>
    public TaskRendering Rendering => rendering;

    /// <summary>Everybody up to this seq has begun at least once.</summary>
    public long Cursor { get; set; } = cursor;

    /// <summary>Nothing to begin before this instant (UTC microseconds).</summary>
    public long RestUntil { get; set; }

    /// <summary>Loads the plan and finds the first open row, in read snapshots: a walk over a million rows must not hold the writer.</summary>
    public static async Task<TaskProgress?> Load(DispatchParts parts, TaskRow task)
    {
        var rendering = await TaskRendering.Load(parts.App.Store, parts.App.Tokens, task);
        return rendering is null ? null : new TaskProgress(task.PlanNo, task.Reopened, rendering, (await FirstOpen(parts, task.SetId, 0)).Mark);
    }

    /// <summary>Nobody fresh is left: wait for the next due attempt, or end the task when nobody is open.</summary>
    public async Task LookForEnd(DispatchParts parts, TaskRow task)
    {
        var due = await parts.App.Store.Read(db => RecipientRows.NextDue(db, task.SetId));
        if (due is { } at)
        {
            RestUntil = Math.Max(at, parts.App.Store.Now + 1);
            return;
        }
        var step = await FirstOpen(parts, task.SetId, 0);
        if (step.Open)
        {
            Cursor = Math.Min(Cursor, step.Mark);
            RestUntil = parts.App.Store.Now + 200_000;
            return;
        }
        await parts.App.Store.Write(db => Sweeps.Settle(db, task.Id, step.Mark, task.Reopened));
        parts.Control.ReadNow();
        RestUntil = parts.App.Store.Now + 200_000;
    }

    /// <summary>Walks to the first open row, or to the last stretch of the set.</summary>
    private static async Task<SweepStep> FirstOpen(DispatchParts parts, long setId, long mark)
    {
        while (true)
        {
            var step = await parts.App.Store.Read(db => Sweeps.LookForOpen(db, setId, mark));
            if (step.Open || step.End) return step;
            mark = step.Mark;
        }
    }
}

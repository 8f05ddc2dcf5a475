using System.Text.Json;
using EmailTasks.Core.Planning;
using EmailTasks.Server.Features.Content;
using EmailTasks.Server.Message;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending;

/// <summary>Something found in many recipients: how often, and a few of them.</summary>
internal sealed class Finding(string problem, string fix)
{
    private const int Shown = 20;

    public string Problem => problem;
    public string Fix => fix;
    public long Count { get; private set; }
    public List<string> Sample { get; } = [];

    public void Add(string address)
    {
        Count++;
        if (Sample.Count < Shown) Sample.Add(address);
    }
}

/// <summary>What one walk over a task's recipients tells: hashes, who can't be written to, who is left out, where they are.</summary>
internal sealed class PlanScan
{
    private const int SuppressedShown = 20;

    private readonly Dictionary<string, long> _domains = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _brought = new(StringComparer.Ordinal);

    public required long SetId { get; init; }
    public required long TaskVersion { get; init; }
    public required long SuppressionPos { get; init; }
    public required IReadOnlyList<PlanSection> Sections { get; init; }
    public long Total { get; private set; }
    public long ToSend { get; private set; }
    public long Suppressed { get; private set; }
    public List<string> SuppressedSample { get; } = [];
    public Dictionary<(string Code, string? Variable), Finding> Problems { get; } = [];
    public SortedDictionary<string, Finding> Defaults { get; } = new(StringComparer.Ordinal);
    public List<RecipientRow> Telling { get; private set; } = [];

    /// <summary>What readers will see of it; null without content.</summary>
    public Look.PlanLook? Look { get; private init; }

    /// <summary>Domains with the most recipients.</summary>
    public IEnumerable<KeyValuePair<string, long>> Domains(int take) => _domains.OrderByDescending(d => d.Value).ThenBy(d => d.Key, StringComparer.Ordinal).Take(take);

    /// <summary>Variables that recipients bring and the content does not use.</summary>
    public IEnumerable<KeyValuePair<string, long>> Unused(IReadOnlyCollection<string> used) => _brought.Where(b => !used.Contains(b.Key));

    /// <summary>
    /// Walks all recipients in order. Streams: a million rows pass through without being held. Runs on a read snapshot,
    /// so sending goes on beside it.
    /// </summary>
    public static async Task<PlanScan> Run(Db db, TaskRow task, ContentRow? content, CompiledContent? compiled, MessageRenderer? renderer, IReadOnlyList<CardRow> cards, AccountPart part, long pos)
    {
        var suppressed = await SuppressionRows.SuppressedIn(db, task.Account, task.SetId, pos);
        var sections = new List<PlanSection> { TaskSection(task), ContentSection(content), SenderSection(task), ProductsSection(cards), FooterSection(part), TrackingSection(part.Tracking) };
        using var recipients = new SectionHash("recipients");
        var scan = new PlanScan { SetId = task.SetId, TaskVersion = task.Version, SuppressionPos = pos, Sections = sections, Look = compiled is null || renderer is null ? null : Sending.Look.PlanLook.Of(compiled, renderer, task, cards) };
        var first = new List<RecipientRow>();
        foreach (var row in RecipientRows.Plan(db, task.SetId))
        {
            recipients.Add(row.Address).Add(row.Name).Add(row.Variables);
            scan.Take(row, suppressed.Contains(row.Seq), renderer);
            if (first.Count < 2_000) first.Add(row);
        }
        sections.Add(recipients.Done());
        if (renderer is not null && first.Count > 0) scan.Telling = [.. Preview.Choose(first, renderer).Select(c => c.Row)];
        return scan;
    }

    private void Take(RecipientRow row, bool suppressed, MessageRenderer? renderer)
    {
        Total++;
        if (suppressed)
        {
            Suppressed++;
            if (SuppressedSample.Count < SuppressedShown) SuppressedSample.Add(row.Address);
            return;
        }
        ToSend++;
        _domains[row.Domain] = _domains.GetValueOrDefault(row.Domain) + 1;
        var values = row.Values;
        foreach (var name in values?.Keys ?? []) _brought[name] = _brought.GetValueOrDefault(name) + 1;
        if (renderer is not null) Check(renderer, row, values);
    }

    private void Check(MessageRenderer renderer, RecipientRow row, IReadOnlyDictionary<string, string>? values)
    {
        var defaults = new List<string>();
        var problems = renderer.Check(new MessageRecipient(row.Address, row.Name, values), defaults, out var results);
        foreach (var problem in problems)
        {
            var key = (problem.Code, problem.Variable);
            if (!Problems.TryGetValue(key, out var finding)) Problems[key] = finding = new Finding(problem.Problem, problem.Fix);
            finding.Add(row.Address);
        }
        Look?.Take(row, values, results);
        foreach (var name in defaults)
        {
            if (!Defaults.TryGetValue(name, out var finding)) Defaults[name] = finding = new Finding($"No value for {name}; its default is used.", $"Give {name}, or accept the default.");
            finding.Add(row.Address);
        }
    }

    /// <summary>An approval is for this task: its twin with the same content and people needs one of its own.</summary>
    private static PlanSection TaskSection(TaskRow task)
    {
        using var hash = new SectionHash("task");
        return hash.Add(task.Id).Done();
    }

    private static PlanSection ContentSection(ContentRow? content)
    {
        using var hash = new SectionHash("content");
        return hash.Add(content?.Version).Add(content?.Digest).Done();
    }

    private static PlanSection SenderSection(TaskRow task)
    {
        using var hash = new SectionHash("sender");
        var sender = task.Sender is null ? null : JsonSerializer.Deserialize(task.Sender, StoredJson.Default.SenderCopy);
        return hash.Add(sender?.SenderId).Add(sender?.Kind).Add(sender?.Address).Add(sender?.FromName).Add(sender?.ReplyTo).Done();
    }

    private static PlanSection ProductsSection(IReadOnlyList<CardRow> cards)
    {
        using var hash = new SectionHash("products");
        foreach (var c in cards) hash.Add(c.Position).Add(c.Product).Add(c.Title).Add(c.Link).Add(c.Price).Add(c.Currency).Add(c.ThumbnailUrl);
        return hash.Done();
    }

    private static PlanSection FooterSection(AccountPart part)
    {
        using var hash = new SectionHash("footer");
        return hash.Add(part.PostalAddress).Add(part.Footer).Done();
    }

    // The key that signs is no part of it: tokens are outside the digest.
    private static PlanSection TrackingSection(PlanTracking tracking)
    {
        using var hash = new SectionHash("tracking");
        hash.Add(tracking.PublicUrl ?? "off");
        if (tracking.PublicUrl is not null) hash.Add(tracking.Opens ? "opens" : "").Add(tracking.Clicks ? "clicks" : "").Add(tracking.OneClick ? "one_click" : "");
        return hash.Done();
    }
}

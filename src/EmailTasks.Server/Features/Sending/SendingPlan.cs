using EmailTasks.Contracts;
using EmailTasks.Core.Planning;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Features.Content;
using EmailTasks.Server.Http;
using EmailTasks.Server.Message;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending;

/// <summary>What a caller decides beyond the task itself; part of the digest.</summary>
/// <param name="SendAt">When it starts, UTC microseconds; null for at once.</param>
/// <param name="GivenAt">That time as it was written, with its offset.</param>
internal sealed record SendTerms(long? SendUntil, bool AllowRepeat, long? SendAt = null, string? GivenAt = null)
{
    /// <summary>Mail also people whom the guard holds; a person's word.</summary>
    public bool AllowHeld { get; init; }

    /// <summary>Nothing decided beyond the task.</summary>
    public static readonly SendTerms None = new(null, false);
}

/// <summary>The part of a message that is neither the task's nor a recipient's.</summary>
/// <param name="PostalAddress">For <c>{{ postal_address }}</c>, or null.</param>
/// <param name="Footer">What the server adds below the content, as it is stored; null when nothing.</param>
/// <param name="Tracking">What points at this server.</param>
internal sealed record AccountPart(string? PostalAddress, string? Footer, PlanTracking Tracking);

/// <summary>All a plan is made of, read on one snapshot.</summary>
internal sealed record SendingPlan(
    TaskRow Task, PlanScan Scan, ContentRow? Content, CompiledContent? Compiled, MessageRenderer? Renderer, MailboxRow? Mailbox, IReadOnlyList<CardRow> Cards, AccountRow? Account,
    IReadOnlyList<long> SameContentSets, IReadOnlyList<string> AlreadyMailed, long AlreadyMailedCount, SeenBefore Seen, IReadOnlyList<string> SeenSample,
    IReadOnlyList<Core.Dispatch.UsageBucket> Usage, long Start, AccountPart Part, IReadOnlyList<BoundRefusal> Bounds, Wire.DomainFindings? Domain)
{
    /// <summary>People of the task whom the guard holds.</summary>
    public HeldPeople Held { get; init; } = HeldPeople.None;

    /// <summary>The guard's last stop that was looked at.</summary>
    public long HeldPosition { get; init; }

    /// <summary>Whether this content was sent as a test; null when none of the task ever was.</summary>
    public bool? Tested { get; init; }

    /// <summary>What the content's words come to with these recipients; null without content.</summary>
    public string? SameKey { get; init; }

    private const int Shown = 20;

    /// <summary>
    /// How far back a plan's suppression position is looked for where its showing is not remembered (a restart, another
    /// node). Looking is work that any wrong digest causes; a plan that is older is read again.
    /// </summary>
    private const int PositionsBack = 10_000;

    /// <summary>Where shown plans are remembered.</summary>
    private PlanMemory? Memory { get; init; }

    /// <summary>Reads everything on one snapshot; a scan of the same version is not repeated.</summary>
    /// <param name="sendAt">When it is to start; now unless told.</param>
    /// <param name="at">The suppression position of the plan that was approved; the log's end unless told.</param>
    public static async ValueTask<SendingPlan?> Read(Db db, Call call, string taskId, PlanMemory memory, long? sendAt, long? at = null)
    {
        var start = sendAt ?? db.Now;
        if (await TaskRows.Load(db, call.Account, taskId) is not { } task) return null;
        var account = await GateRows.Account(db, call.Account);
        var content = task.ContentVersion == 0 ? null : await ContentRows.Load(db, task.Id, task.ContentVersion);
        var cards = await ContentRows.Cards(db, task.Id);
        var compiled = content is null ? null : Texts.Compile(content);
        var added = compiled is null ? null : Rendering.FooterOf(compiled, account);
        var mailbox = task.Mailbox is null ? null : await MailboxRows.Load(db, call.Account, task.Mailbox);
        var part = new AccountPart(account?.PostalAddress, Rendering.Stored(added), PlanLinks.Of(call.App, account, task, mailbox, compiled?.Html is not null));
        var renderer = compiled is null ? null
            : Rendering.Of(compiled, task.Sender, [.. cards.Select(c => new ProductCard(c.Title, c.Link, c.Price, c.Currency, c.ThumbnailUrl))], account?.PostalAddress, added, part.Tracking.Own());
        var pos = at ?? await SuppressionRows.Position(db, call.Account);
        var scan = memory.Scan(task, pos, part) ?? memory.Keep(task, part, await PlanScan.Run(db, task, content, compiled, renderer, cards, part, pos));
        var sameKey = compiled is null ? null : Features.Content.SameKey.Of(compiled, name => scan.Look?.Values.OfAll(name));
        var same = content is null ? [] : await ContentRows.SetsWithSameContent(db, call.Account, task.Id, content.Digest, sameKey, start - Lookback.RepeatMicros);
        var repeats = same.Count == 0 ? new SeenBefore() : (await RecipientRows.CountAlsoIn(db, task.SetId, same, start - Lookback.RepeatMicros))!;
        var mailed = await ContentRows.SetsMailedSince(db, call.Account, task.Id, db.Now - Lookback.SeenMicros);
        var seen = mailed.Count == 0 ? new SeenBefore() : (await RecipientRows.CountAlsoIn(db, task.SetId, mailed, db.Now - Lookback.SeenMicros, RecipientRows.Mailed))!;
        return new SendingPlan(
            task, scan, content, compiled, renderer, mailbox, cards, account, same,
            repeats.Count == 0 ? [] : await RecipientRows.AlsoIn(db, task.SetId, same, start - Lookback.RepeatMicros, Shown), repeats.Count,
            seen, seen.Count == 0 ? [] : await RecipientRows.AlsoIn(db, task.SetId, mailed, db.Now - Lookback.SeenMicros, Shown, RecipientRows.Mailed),
            mailbox is null ? [] : await MailboxRows.Usage(db, mailbox.Id), start, part,
            await KeyLimits.OfStart(db, call.Key, task, scan.Domains(int.MaxValue).Select(d => d.Key), scan.Total, scan.ToSend, start), mailbox is null ? null : call.App.Checks.Of(mailbox, db.Now))
        {
            Held = await HeldRows.Among(db, call.Account, task.SetId), HeldPosition = await HeldRows.Position(db, call.Account),
            SameKey = sameKey, Memory = memory,
            Tested = content is null ? null : await ContentRows.WasTested(db, task.Id, content.Digest),
        };
    }

    /// <summary>The digest's parts for a plan made at a suppression position.</summary>
    public IReadOnlyList<PlanSection> Sections(SendTerms terms, long suppressionPos)
    {
        using var time = new SectionHash("time");
        using var repeat = new SectionHash("repeat");
        using var suppression = new SectionHash("suppression");
        return
        [
            .. Scan.Sections, time.Add(terms.SendAt).Add(terms.SendUntil).Done(), repeat.Add(terms.AllowRepeat ? "allowed" : "refused").Add(terms.AllowHeld ? "held too" : null).Done(),
            suppression.Add(suppressionPos).Done() with { Number = suppressionPos },
        ];
    }

    /// <summary>
    /// The suppression position at which this task's plan has the digest the caller approved; null when what would leave
    /// is something else. Who was suppressed since then is left out all the same, so a longer log changes no approval.
    /// </summary>
    public (string Digest, long Position)? Approved(SendTerms terms, string? approved)
    {
        var latest = PlanDigest.Of(Sections(terms, Scan.SuppressionPos));
        if (approved is null || latest.StartsWith(approved, StringComparison.Ordinal)) return (latest, Scan.SuppressionPos);
        if (Memory?.PartsOf(Task.Id, approved)?[^1].Number is { } shown && PlanDigest.Of(Sections(terms, shown)) is var known && known.StartsWith(approved, StringComparison.Ordinal)) return (known, shown);
        var sections = Sections(terms, Scan.SuppressionPos);
        var beginnings = Memory?.Beginnings(latest, () => PlanDigest.Beginnings(sections, Scan.SuppressionPos, PositionsBack)) ?? [];
        return PlanDigest.Earlier(sections, approved, Scan.SuppressionPos, beginnings);
    }
}

/// <summary>
/// Remembers scans of unchanged tasks and the parts of plans that were shown, so that a recheck is cheap and a
/// difference can be named. Only memory: a restart costs a scan and a name.
/// </summary>
public sealed class PlanMemory
{
    private const int Kept = 64;

    private readonly Lock _gate = new();
    private readonly LinkedList<(string Key, object Value)> _entries = [];

    /// <summary>The scan of this very version, if it was made.</summary>
    internal PlanScan? Scan(TaskRow task, long suppressionPos, AccountPart part) => Find(ScanKey(task, part)) is PlanScan scan && scan.SuppressionPos == suppressionPos ? scan : null;

    /// <summary>Keeps a scan.</summary>
    internal PlanScan Keep(TaskRow task, AccountPart part, PlanScan scan)
    {
        Put(ScanKey(task, part), scan);
        return scan;
    }

    /// <summary>Remembers what a shown digest was made of.</summary>
    internal void Shown(string task, string digest, IReadOnlyList<PlanSection> sections) => Put($"shown {task} {digest[..Limits.PlanPrefixMin]}", sections);

    /// <summary>What a shown digest was made of, if it is remembered.</summary>
    internal IReadOnlyList<PlanSection>? PartsOf(string task, string digest) => Find($"shown {task} {digest[..Limits.PlanPrefixMin]}") as IReadOnlyList<PlanSection>;

    /// <summary>The digests of earlier positions beside this one, made once.</summary>
    internal ulong[] Beginnings(string latest, Func<ulong[]> make)
    {
        if (Find("before " + latest) is ulong[] known) return known;
        var made = make();
        Put("before " + latest, made);
        return made;
    }

    private static string ScanKey(TaskRow task, AccountPart part) => $"scan {task.Id} {task.SetId} {task.Version} {part}";

    private object? Find(string key)
    {
        lock (_gate)
        {
            return _entries.FirstOrDefault(e => e.Key == key).Value;
        }
    }

    private void Put(string key, object value)
    {
        lock (_gate)
        {
            var old = _entries.FirstOrDefault(e => e.Key == key);
            if (old.Key is not null) _entries.Remove(old);
            _entries.AddFirst((key, value));
            if (_entries.Count > Kept) _entries.RemoveLast();
        }
    }
}

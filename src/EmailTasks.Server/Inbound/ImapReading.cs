using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Wire;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;

namespace EmailTasks.Server.Inbound;

/// <summary>
/// Reads a folder over IMAP (RFC 3501, RFC 9051) by UID, and waits for more by IDLE (RFC 2177). The folder is opened with
/// EXAMINE and read with BODY.PEEK: nothing in the user's mailbox is marked, moved or deleted.
/// </summary>
internal sealed class ImapReading(App app, Arrival arrival, MailboxRow mailbox, DeliveryTokens tokens)
{
    /// <summary>An IDLE is renewed this often: some servers and routers forget a silent connection after ten minutes.</summary>
    private static readonly TimeSpan IdleFor = TimeSpan.FromMinutes(9);

    /// <summary>Where the server has no IDLE, it is asked this often.</summary>
    private static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(15);

    /// <summary>One answer takes no longer, the largest message included: a connection that is dead without saying so would never end.</summary>
    private static readonly TimeSpan StepLimit = TimeSpan.FromMinutes(5);

    /// <summary>How often the Sent folder is asked about mails of which nobody knows whether they left.</summary>
    private static readonly TimeSpan EvidenceEvery = TimeSpan.FromMinutes(5);

    /// <summary>Searches of one round; the others have their turn in the next.</summary>
    private const int SearchesMax = 200;

    /// <summary>A first look, and one after the server numbered anew, goes back so far: what was read before is known by its bytes.</summary>
    private const int LookBackDays = 30;

    private const long LookBackMicros = LookBackDays * 24L * 3_600 * 1_000_000;

    private static readonly FetchRequest Place = new(MessageSummaryItems.UniqueId | MessageSummaryItems.InternalDate | MessageSummaryItems.Size);

    private long _searched;
    private SmtpSettings? _settings;

    /// <summary>Reads and waits until the connection ends, throws, or is cancelled.</summary>
    public async Task Run(ImapClient client, SmtpSettings settings, Func<Task> synced, CancellationToken ct)
    {
        _settings = settings;
        var folder = await Folder(client, ct);
        await Step(token => folder.OpenAsync(FolderAccess.ReadOnly, token), ct);
        while (true)
        {
            var count = folder.Count; // before the look: what comes in its midst must not be waited for
            await Look(folder, ct);
            if (_searched == 0 || app.Time.GetElapsedTime(_searched) > EvidenceEvery)
            {
                _searched = app.Time.GetTimestamp();
                if (await Evidence(client, ct)) await Step(token => folder.OpenAsync(FolderAccess.ReadOnly, token), ct);
            }
            await synced();
            await Step(token => Wait(client, folder, count, settings, token), ct, IdleFor + StepLimit);
        }
    }

    /// <summary>Gmail keeps everything in one folder, also what a filter archived; elsewhere replies come to the inbox.</summary>
    private static async Task<IMailFolder> Folder(ImapClient client, CancellationToken ct)
    {
        if (!client.Capabilities.HasFlag(ImapCapabilities.GMailExt1)) return client.Inbox!;
        return client.GetFolder(SpecialFolder.All) is { } all && await Exists(all, ct) ? all : client.Inbox!;
    }

    private static async Task<bool> Exists(IMailFolder folder, CancellationToken ct)
    {
        try
        {
            await folder.OpenAsync(FolderAccess.ReadOnly, ct);
            return true;
        }
        catch (FolderNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Takes in what lies behind the last number read. A folder that is numbered anew is read again from some weeks back: what is known is known by its bytes.</summary>
    private async Task Look(IMailFolder folder, CancellationToken ct)
    {
        var place = await app.Store.Read(db => InboundRows.Place(db, mailbox.Id, folder.FullName));
        var goesOn = place is { } known && known.Uidvalidity == folder.UidValidity;
        var next = place?.NextUid ?? 1;
        IList<UniqueId> uids;
        if (goesOn) uids = [.. (await Step(token => folder.SearchAsync(SearchQuery.Uids(new UniqueIdRange(new UniqueId((uint)next), UniqueId.MaxValue)), token), ct)).Where(u => u.Id >= next)];
        else uids = await Step(token => folder.SearchAsync(SearchQuery.DeliveredAfter(app.Time.GetUtcNow().UtcDateTime.AddDays(-LookBackDays)), token), ct);
        if (uids.Count == 0)
        {
            if (!goesOn) await app.Store.Write(db => InboundRows.Advance(db, mailbox.Id, folder.FullName, folder.UidValidity, folder.UidNext?.Id ?? 1));
            return;
        }
        foreach (var piece in uids.OrderBy(u => u.Id).Chunk(200))
        {
            foreach (var item in (await Step(token => folder.FetchAsync(piece, Place, token), ct)).OrderBy(s => s.UniqueId.Id)) await Take(folder, item, ct);
            var last = piece[^1].Id + 1L; // also what was gone by the time it was asked for
            await app.Store.Write(db => InboundRows.Advance(db, mailbox.Id, folder.FullName, folder.UidValidity, last));
        }
    }

    private async Task Take(IMailFolder folder, IMessageSummary item, CancellationToken ct)
    {
        byte[] raw;
        try
        {
            await using var stream = await Step(token => folder.GetStreamAsync(item.UniqueId, 0, InboundLimits.MessageBytes, token), ct);
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy, ct);
            raw = copy.ToArray();
        }
        catch (MessageNotFoundException)
        {
            return; // its owner deleted it in between
        }
        var at = item.InternalDate is { } date ? Micros.Of(date) : app.Store.Now;
        var next = item.UniqueId.Id + 1L;
        await arrival.Take(mailbox, new Incoming(folder.FullName, folder.UidValidity, item.UniqueId.Id.ToString(), at, raw, item.Size ?? (uint)raw.Length),
            db => InboundRows.Advance(db, mailbox.Id, folder.FullName, folder.UidValidity, next));
    }

    /// <summary>Asks the Sent folder for mails whose answer was lost (engine §8); true when another folder was opened.</summary>
    private async Task<bool> Evidence(ImapClient client, CancellationToken ct)
    {
        var rows = await app.Store.Read(db => InboundRows.Uncertain(db, mailbox.Id, db.Now - LookBackMicros, SearchesMax));
        if (rows.Count == 0 || await SentSignatures.SentAsync(client, ct) is not { } sent) return false;
        await Step(token => sent.OpenAsync(FolderAccess.ReadOnly, token), ct);
        foreach (var (setId, seq, tracking) in rows)
        {
            var found = await Step(token => sent.SearchAsync(SearchQuery.HeaderContains("Message-ID", tokens.MessageId(setId, seq, PlanTracking.Of(tracking).TokenKey)), token), ct);
            if (found.Count == 0) continue;
            await app.Store.Write(async db =>
            {
                await SentCopies.Prove(db, mailbox, (setId, seq));
                return true;
            });
        }
        return true;
    }

    private Task Step(Func<CancellationToken, Task> step, CancellationToken ct, TimeSpan? within = null) => Step(async token =>
    {
        await step(token);
        return true;
    }, ct, within);

    private async Task<T> Step<T>(Func<CancellationToken, Task<T>> step, CancellationToken ct, TimeSpan? within = null)
    {
        using var limit = WireConnect.Limit(_settings!, within ?? StepLimit, ct, out var timer);
        using (timer)
        {
            try
            {
                return await step(limit.Token);
            }
            catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
            {
                throw new TimeoutException("No answer in time.", e);
            }
        }
    }

    /// <param name="count">How many messages the folder held before it was looked through: a message that came meanwhile was once not read before the next one came.</param>
    private static async Task Wait(ImapClient client, IMailFolder folder, int count, SmtpSettings settings, CancellationToken ct)
    {
        using var done = new CancellationTokenSource(client.Capabilities.HasFlag(ImapCapabilities.Idle) ? IdleFor : PollEvery, settings.Time);
        void Changed(object? sender, EventArgs e) => done.Cancel();
        folder.CountChanged += Changed;
        folder.UidValidityChanged += Changed;
        try
        {
            if (folder.Count != count) return;
            if (client.Capabilities.HasFlag(ImapCapabilities.Idle)) await client.IdleAsync(done.Token, ct);
            else
            {
                await Task.Delay(PollEvery, settings.Time, ct);
                await client.NoOpAsync(ct);
            }
        }
        finally
        {
            folder.CountChanged -= Changed;
            folder.UidValidityChanged -= Changed;
        }
    }
}

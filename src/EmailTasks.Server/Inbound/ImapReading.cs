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

    /// <summary>Messages of one round. A server may name any number of them in twenty bytes: they are never all written out.</summary>
    private const int AtOnce = 1_000;

    /// <summary>Bytes a message may have above twice the size the server says.</summary>
    private const int SizeSlack = 64 * 1024;

    /// <summary>Numbers of one search that are looked at.</summary>
    private const int NumbersMax = 1_000_000;

    private readonly Unread _unread = new(app, mailbox);
    private long _searched;
    private SmtpSettings? _settings;

    /// <summary>Reads and waits until the connection ends, throws, or is cancelled.</summary>
    public async Task Run(WireImapClient client, SmtpSettings settings, Func<Task> synced, CancellationToken ct)
    {
        _settings = settings;
        var folder = await Folder(client, ct);
        await Step(token => folder.OpenAsync(FolderAccess.ReadOnly, token), ct);
        while (true)
        {
            var count = folder.Count; // before the look: what comes in its midst must not be waited for
            while (await Look(client, folder, ct)) await synced();
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

    /// <summary>
    /// Takes in what lies behind the last number read; true when there is more. A folder that is numbered anew is read again from some
    /// weeks back: what is known is known by its bytes.
    /// </summary>
    private async Task<bool> Look(WireImapClient client, IMailFolder folder, CancellationToken ct)
    {
        var place = await app.Store.Read(db => InboundRows.Place(db, mailbox.Id, folder.FullName));
        var goesOn = place is { } known && known.Uidvalidity == folder.UidValidity;
        var next = goesOn ? place!.Value.NextUid : 1;
        if (next > uint.MaxValue) return false; // numbers end there
        SearchQuery query = goesOn
            ? SearchQuery.Uids(new UniqueIdRange(new UniqueId((uint)next), UniqueId.MaxValue))
            : SearchQuery.DeliveredAfter(app.Time.GetUtcNow().UtcDateTime.AddDays(-LookBackDays));
        var found = await Step(token => folder.SearchAsync(query, token), ct);
        var uids = found.Where(u => u.Id >= next).Take(NumbersMax).Order().Take(AtOnce).ToList();
        if (uids.Count == 0)
        {
            if (!goesOn) await app.Store.Write(db => InboundRows.Advance(db, mailbox.Id, folder.FullName, folder.UidValidity, folder.UidNext?.Id ?? 1));
            return false;
        }
        foreach (var piece in uids.Chunk(200))
        {
            var asked = piece.ToHashSet();
            var items = (await Step(token => folder.FetchAsync(piece, Place, token), ct)).Where(s => asked.Contains(s.UniqueId)).DistinctBy(s => s.UniqueId).OrderBy(s => s.UniqueId.Id);
            foreach (var item in items) await Take(client, folder, item, ct);
            var last = piece[^1].Id + 1L; // also what was gone by the time it was asked for
            await app.Store.Write(db => InboundRows.Advance(db, mailbox.Id, folder.FullName, folder.UidValidity, last));
        }
        return uids.Count == AtOnce;
    }

    private async Task Take(WireImapClient client, IMailFolder folder, IMessageSummary item, CancellationToken ct)
    {
        var next = item.UniqueId.Id + 1L;
        ValueTask<int> Advance(Db db) => InboundRows.Advance(db, mailbox.Id, folder.FullName, folder.UidValidity, next);
        var place = new Unread.Place(folder.FullName, folder.UidValidity, item.UniqueId.Id.ToString(), item.Size ?? 0);
        try
        {
            if (await Fetch(client, folder, item, ct) is not { } raw) return;
            var at = item.InternalDate is { } date ? Micros.Of(date) : app.Store.Now;
            await arrival.Take(mailbox, new Incoming(place.Folder, place.UidValidity, place.Uid, at, raw, item.Size ?? (uint)raw.Length), Advance, ct);
        }
        catch (Exception e) when (Unread.MayBeTheMessage(e, ct))
        {
            if (!await _unread.Failed(place, e, Advance)) throw Unread.Named(place, e);
        }
    }

    /// <summary>The bytes of a message, or null when its owner deleted it in between. A server that sends more than was asked for is cut off.</summary>
    private async Task<byte[]?> Fetch(WireImapClient client, IMailFolder folder, IMessageSummary item, CancellationToken ct)
    {
        // Some servers only guess the size, so there is room above what they say.
        var want = (int)Math.Min(InboundLimits.MessageBytes, (item.Size ?? InboundLimits.MessageBytes) * 2L + SizeSlack);
        client.Answers.Expect(want);
        try
        {
            await using var stream = await Step(token => folder.GetStreamAsync(item.UniqueId, 0, want, token), ct);
            var raw = new byte[Math.Min(stream.Length, want)];
            await stream.ReadExactlyAsync(raw, ct);
            return raw;
        }
        catch (MessageNotFoundException)
        {
            return null;
        }
        finally
        {
            client.Answers.Expect(0);
        }
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

using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Inbound;

/// <summary>
/// Reads a maildir: whatever lies in <c>new</c> and <c>cur</c>, each file once, by the part of its name before the flags.
/// Nothing is moved, marked or deleted.
/// </summary>
internal sealed class MaildirReading(App app, Arrival arrival, MailboxRow mailbox, string folder)
{
    private static readonly string[] Parts = ["new", "cur"];

    /// <summary>Names asked about at once.</summary>
    private const int Piece = 1_000;

    private readonly Unread _unread = new(app, mailbox);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>Takes in what came since the last look.</summary>
    public async Task Look(CancellationToken ct)
    {
        ArrivalFailedException? failed = null;
        var aside = await app.Store.Read(db => UnreadRows.SetAsideIn(db, mailbox.Id, Path.GetFileName(folder)));
        var files = Parts.SelectMany(p => Directory.EnumerateFiles(Path.Combine(folder, p))).Select(path => (Path: path, Name: NameOf(path))).Where(f => !_seen.Contains(f.Name)).ToList();
        foreach (var piece in files.Chunk(Piece))
        {
            var known = await app.Store.Read(db => MessageRows.Known(db, mailbox.Id, Path.GetFileName(folder), piece.Select(f => f.Name)));
            foreach (var (path, name) in piece.OrderBy(f => f.Name, StringComparer.Ordinal))
            {
                ct.ThrowIfCancellationRequested();
                if (known.Contains(name) || aside.Contains(name)) _seen.Add(name);
                else if (await Take(path, name, ct) is { } again) failed ??= again;
            }
        }
        if (failed is not null) throw failed; // after the others: files know no order
    }

    /// <summary>Takes one file in; what stands against it while it will be tried again.</summary>
    private async Task<ArrivalFailedException?> Take(string path, string name, CancellationToken ct)
    {
        var place = new Unread.Place(Path.GetFileName(folder), 0, name, 0);
        try
        {
            if (new FileInfo(path).LinkTarget is null) // a link could lead anywhere
            {
                if (await Read(path, ct) is not { } message) return null;
                place = place with { Size = message.Size };
                await arrival.Take(mailbox, message, null, ct);
            }
        }
        catch (Exception e) when (Unread.MayBeTheMessage(e, ct))
        {
            if (!await _unread.Failed(place, e, null)) return Unread.Named(place, e);
        }
        _seen.Add(name);
        return null;
    }

    private async Task<Incoming?> Read(string path, CancellationToken ct)
    {
        try
        {
            var file = new FileInfo(path);
            var bytes = new byte[Math.Min(file.Length, InboundLimits.MessageBytes)];
            await using (var stream = file.OpenRead()) await stream.ReadExactlyAsync(bytes, ct);
            return new Incoming(Path.GetFileName(folder), 0, NameOf(path), Micros.Of(file.LastWriteTimeUtc), bytes, file.Length);
        }
        catch (Exception e) when (e is FileNotFoundException or EndOfStreamException)
        {
            return null; // another program moved it from new to cur: it is found there at the next look
        }
    }

    private static string NameOf(string path)
    {
        var name = Path.GetFileName(path);
        var flags = name.LastIndexOf(":2,", StringComparison.Ordinal);
        return flags > 0 ? name[..flags] : name;
    }
}

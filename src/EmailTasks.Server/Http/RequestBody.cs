using System.Buffers;
using EmailTasks.Contracts;

namespace EmailTasks.Server.Http;

/// <summary>A call's body, and the share of memory it takes up until the call is over.</summary>
internal sealed class RequestBody(byte[] bytes, IDisposable? share, HeapTrim? trim = null) : IDisposable
{
    private const int PieceBytes = 64 * 1024;

    /// <summary>What a caller may send along where no body is taken: white space that a tool puts there.</summary>
    private const int NoBodyBytes = 1024;

    private byte[]? _bytes = bytes;

    /// <summary>The bytes, once: nobody keeps two copies of a large body.</summary>
    public byte[] Take() => Interlocked.Exchange(ref _bytes, null) ?? throw new InvalidOperationException("The body was taken already.");

    /// <summary>It was read: what was large is collected now, beside everything else, and not when the next one has come.</summary>
    public void Read()
    {
        if (trim is not null) GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        share?.Dispose();
        trim?.Soon();
    }

    /// <summary>
    /// Reads it. Memory is set aside before the first byte is read: as much as was announced, or as much as there can be
    /// where nothing was.
    /// </summary>
    /// <param name="key">Whose share it is.</param>
    public static async Task<(RequestBody? Body, Refusal? Refusal)> Read(HttpContext http, Op op, string key, WorkLimits limits, TimeProvider time)
    {
        var announced = http.Request.ContentLength;
        var chunked = announced is null && http.Request.Headers.TransferEncoding.Count > 0;
        if (announced is null or 0 && !chunked) return (new RequestBody([], null), null);
        if (!op.HasBody) return await Nothing(http, announced) ? (new RequestBody([], null), null) : (null, Unwanted(op));
        var stops = Work.Stops(op);
        var most = stops ? Limits.StopBodyBytes : Limits.BodyBytes;
        if (announced > most) return (null, Refusals.TooLarge(most));
        var amount = announced ?? most;
        var shares = stops ? limits.StopBodies : amount <= Limits.SmallBodyBytes ? limits.SmallBodies : limits.LargeBodies;
        if (await shares.Take(key, amount, http.RequestAborted) is not { } share) return (null, Refusals.Busy("bodies"));
        var kept = false;
        try
        {
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(Limits.BodySeconds), time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, http.RequestAborted);
            var bytes = announced is { } length ? await Whole(http.Request.Body, (int)length, either.Token) : await Pieces(http.Request.Body, most, either.Token);
            kept = bytes is not null;
            return kept ? (new RequestBody(bytes!, share, bytes!.Length > Limits.ImportBytesLeast ? limits.Trim : null), null) : (null, Refusals.TooLarge(most));
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            return (null, Refusals.TooSlow());
        }
        finally
        {
            if (!kept) share.Dispose();
        }
    }

    private static async Task<byte[]> Whole(Stream from, int length, CancellationToken ct)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        await from.ReadExactlyAsync(bytes, ct);
        return bytes;
    }

    /// <summary>Reads what comes; null when it is more than <paramref name="most"/>.</summary>
    private static async Task<byte[]?> Pieces(Stream from, int most, CancellationToken ct)
    {
        var (pieces, last, total) = (new List<byte[]>(), PieceBytes, 0);
        try
        {
            while (true)
            {
                if (last == PieceBytes)
                {
                    pieces.Add(ArrayPool<byte>.Shared.Rent(PieceBytes));
                    last = 0;
                }
                var read = await from.ReadAsync(pieces[^1].AsMemory(last, PieceBytes - last), ct);
                if (read == 0) break;
                if ((total += read) > most) return null;
                last += read;
            }
            var bytes = GC.AllocateUninitializedArray<byte>(total);
            for (var (i, at) = (0, 0); at < total; at += PieceBytes, i++) pieces[i].AsSpan(0, Math.Min(PieceBytes, total - at)).CopyTo(bytes.AsSpan(at));
            return bytes;
        }
        finally
        {
            foreach (var piece in pieces) ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private static async Task<bool> Nothing(HttpContext http, long? announced)
    {
        if (announced > NoBodyBytes) return false;
        var bytes = new byte[NoBodyBytes + 1];
        var read = await http.Request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, http.RequestAborted);
        return read <= NoBodyBytes && bytes.AsSpan(0, read).Trim(" \t\r\n"u8).IsEmpty;
    }

    private static Refusal Unwanted(Op op) => Refusal.Invalid("$", "unwanted_body", $"`{op.Command}` takes no body.", "Leave the body out.");
}

using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EmailTasks.Contracts;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>
/// Long texts of kept answers stand beside them, once for however many answers: a content that is saved a thousand times
/// would else be kept a thousand times. Put back, an answer is the same to the byte.
/// </summary>
public static class KeptTexts
{
    /// <summary>U+0000 as JSON writes it. No input may hold it, so no text of a caller's can look like a mark of ours.</summary>
    private static readonly byte[] Mark = @"\u0000"u8.ToArray();

    private static readonly int MarkBytes = Mark.Length + (2 * SHA256.HashSizeInBytes);

    /// <summary>Takes the long texts out of an answer and keeps them; the answer without them, and how many bytes are new.</summary>
    public static async ValueTask<(byte[] Data, long NewBytes)> Cut(Db db, string account, byte[] data, long expiresAt)
    {
        var texts = new List<(int At, int Length, string Digest)>();
        for (var reader = new Utf8JsonReader(data); reader.Read();)
        {
            if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length <= Limits.KeptTextCharacters) continue;
            texts.Add(((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length, Convert.ToHexStringLower(SHA256.HashData(reader.ValueSpan))));
        }
        if (texts.Count == 0) return (data, data.Length);
        var isNew = 0L;
        foreach (var (at, length, digest) in texts.DistinctBy(t => t.Digest)) isNew += await Keep(db, account, digest, data[at..(at + length)], expiresAt);
        var left = Replaced(data, texts.Select(t => (t.At, t.Length, (byte[])[.. Mark, .. Encoding.ASCII.GetBytes(t.Digest)])));
        return (left, left.Length + isNew);
    }

    /// <summary>The answer as it was.</summary>
    public static async ValueTask<byte[]> PutBack(Db db, string account, byte[] data)
    {
        var marks = new List<(int At, string Digest)>();
        for (var reader = new Utf8JsonReader(data); reader.Read();)
        {
            if (reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length == MarkBytes && reader.ValueSpan.StartsWith(Mark))
                marks.Add(((int)reader.TokenStartIndex + 1, Encoding.ASCII.GetString(reader.ValueSpan[Mark.Length..])));
        }
        if (marks.Count == 0) return data;
        var texts = new List<(int At, int Length, byte[] Text)>();
        foreach (var (at, digest) in marks)
        {
            var text = await db.One<byte[]>("select text from kept_text where account = @account and digest = @digest", new { account, digest });
            if (text is not null) texts.Add((at, MarkBytes, text));
        }
        return Replaced(data, texts);
    }

    /// <summary>Forgets what no kept answer needs any more.</summary>
    public static ValueTask<int> Forget(Db db) =>
        db.Execute("delete from kept_text where (account, digest) in (select account, digest from kept_text where expires_at <= @now limit 1000)", new { now = db.Now });

    /// <summary>Bytes that were not there yet.</summary>
    private static async ValueTask<long> Keep(Db db, string account, string digest, byte[] text, long expiresAt)
    {
        if (await db.Execute("update kept_text set expires_at = @expiresAt where account = @account and digest = @digest and expires_at < @expiresAt", new { account, digest, expiresAt }) == 1) return 0;
        return await db.Execute("insert into kept_text (account, digest, text, expires_at) values (@account, @digest, @text, @expiresAt) on conflict (account, digest) do nothing",
            new { account, digest, text, expiresAt }) == 1 ? text.Length : 0;
    }

    private static byte[] Replaced(byte[] data, IEnumerable<(int At, int Length, byte[] By)> pieces)
    {
        var result = new ArrayBufferWriter<byte>(data.Length);
        var done = 0;
        foreach (var (at, length, by) in pieces)
        {
            result.Write(data.AsSpan(done, at - done));
            result.Write(by);
            done = at + length;
        }
        result.Write(data.AsSpan(done));
        return result.WrittenSpan.ToArray();
    }
}

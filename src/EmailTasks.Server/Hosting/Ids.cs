using System.Security.Cryptography;

namespace EmailTasks.Server.Hosting;

/// <summary>
/// Ids: a prefix that tells the kind, 48 bits of time so that they sort by age, 80 random bits. Lower-case base32, so
/// that they survive every shell, file name and double click.
/// </summary>
public sealed class Ids(TimeProvider time)
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private readonly Lock _gate = new();
    private long _last;

    /// <summary>A new id; later ones sort behind earlier ones, also within a millisecond.</summary>
    public string New(string prefix)
    {
        Span<char> text = stackalloc char[26];
        var stamp = Stamp();
        for (var i = 9; i >= 0; i--, stamp >>= 5) text[i] = Alphabet[(int)(stamp & 31)];
        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        for (var i = 10; i < text.Length; i++) text[i] = Alphabet[random[i - 10] & 31];
        return $"{prefix}_{text}";
    }

    private long Stamp()
    {
        lock (_gate)
        {
            return _last = Math.Max(_last + 1, time.GetUtcNow().ToUnixTimeMilliseconds());
        }
    }
}

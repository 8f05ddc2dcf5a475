using System.Collections.Concurrent;

namespace EmailTasks.Server.Hosting;

/// <summary>
/// The keys that sign deliveries, by number; a fresh one every <see cref="RotateDays"/> days. Each is derived from the master
/// key and tells nothing of the others, so that every node knows every one of them, also after a restore: an opt-out must work
/// as long as the mail is kept.
/// </summary>
public sealed class TokenKeys(Keyring keyring, TimeProvider time)
{
    /// <summary>What leaks of a key is worth this long.</summary>
    public const int RotateDays = 90;

    /// <summary>Numbers have two bytes in a token; they last for 16,000 years.</summary>
    private const int Most = ushort.MaxValue;

    private static readonly DateTimeOffset Since = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ConcurrentDictionary<int, byte[]> _keys = new();

    /// <summary>The number that new plans sign with.</summary>
    public int Current => Math.Clamp((int)((time.GetUtcNow() - Since).TotalDays / RotateDays), 0, Most);

    /// <summary>A key by its number. Only those that can have signed are kept in memory: a forger may name any.</summary>
    public byte[] Of(int number) => number <= Current + 1 ? _keys.GetOrAdd(number, keyring.DeliveryKey) : keyring.DeliveryKey(number);
}

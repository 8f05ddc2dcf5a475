using System.Collections.Frozen;
using System.Security.Cryptography;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Hosting;

/// <summary>
/// The keys that sign deliveries, by number. A fresh one is made every <see cref="RotateDays"/> days and signs only after
/// <see cref="KnownBeforeUse"/>, when every node has read it; old ones stay, since an opt-out must work as long as the mail is
/// kept. Number 0 comes from the master key; the others are random and lie encrypted in the database.
/// </summary>
public sealed class TokenKeys(Keyring keyring)
{
    /// <summary>What leaks of a key is worth this long.</summary>
    public const int RotateDays = 90;

    /// <summary>Numbers have two bytes in a token.</summary>
    private const int Most = 60_000;

    /// <summary>How long a key is known before it signs; several times <see cref="TokenKeeper.ReadEvery"/>.</summary>
    public static readonly TimeSpan KnownBeforeUse = TimeSpan.FromHours(1);

    private volatile FrozenDictionary<int, byte[]> _keys = new Dictionary<int, byte[]> { [0] = keyring.DeliveryKey }.ToFrozenDictionary();
    private volatile int _current;

    /// <summary>The number that new plans sign with.</summary>
    public int Current => _current;

    /// <summary>A key, or null when there is none of this number.</summary>
    public byte[]? Of(int number) => _keys.TryGetValue(number, out var key) ? key : null;

    /// <summary>Reads what there is, and makes a fresh key when the last one is old.</summary>
    public async Task Refresh(IStore store)
    {
        var fresh = RandomNumberGenerator.GetBytes(32);
        var (rows, now) = await store.Write(async db =>
        {
            var known = await TokenKeyRows.All(db);
            var last = known.Count == 0 ? await TokenKeyRows.Began(db) : known[^1].CreatedAt;
            var next = known.Count + 1;
            if (next > Most || db.Now - last < RotateDays * 24L * HourRows.Micros) return (known, db.Now);
            await TokenKeyRows.Insert(db, next, keyring.Seal(Name(next), fresh));
            return (await TokenKeyRows.All(db), db.Now);
        });
        var keys = new Dictionary<int, byte[]> { [0] = keyring.DeliveryKey };
        foreach (var row in rows) keys[row.No] = keyring.Open(Name(row.No), row.Sealed);
        _keys = keys.ToFrozenDictionary();
        _current = rows.LastOrDefault(r => r.CreatedAt + KnownBeforeUse.TotalMicroseconds <= now)?.No ?? 0;
    }

    private static string Name(int number) => $"token key {number}";
}

/// <summary>Keeps the token keys up to date, on every node.</summary>
internal sealed class TokenKeeper(App app) : BackgroundService
{
    /// <summary>Often enough that a key is known everywhere long before it signs.</summary>
    public static readonly TimeSpan ReadEvery = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(ReadEvery, app.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await app.TokenKeys.Refresh(app.Store);
            }
            catch (StoreUnavailableException)
            {
                // The next tick reads again; until then the keys of before are good.
            }
        }
    }
}

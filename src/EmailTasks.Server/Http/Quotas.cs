using EmailTasks.Contracts;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Http;

/// <summary>
/// What one key may do in a day (UTC), so that no loop fills the disk. A stop is counted nowhere: it is never one too many.
/// </summary>
public sealed record Quotas(long Changes, long Bytes, long Tasks, long Copies, long Keys)
{
    private const string Wait = "Go on after 00:00 UTC. What the key did: noxinfluencer audit list";

    /// <summary>The limits unless told.</summary>
    public static readonly Quotas Default = new(Limits.ChangesPerKeyDay, Limits.BytesPerKeyDay, Limits.TasksPerKeyDay, Limits.CopiesPerKeyDay, Limits.KeysPerKeyDay);

    /// <summary>Counts a change against its key, in the change's own transaction; refuses when it is one too many.</summary>
    /// <param name="bytes">What it brought, and what is kept of its answer.</param>
    internal async ValueTask<Refusal?> Spend(Db db, Call call, long bytes)
    {
        if (Work.Stops(call.Op)) return null;
        var (copy, key) = (call.Op == TaskOps.Copy, call.Op == KeyOps.Create);
        var task = copy || call.Op == TaskOps.Create;
        var now = await KeyDayRows.Add(db, call.Key.Id, new KeyDayRow { Changes = 1, Bytes = bytes, Tasks = task ? 1 : 0, Copies = copy ? 1 : 0, Keys = key ? 1 : 0 });
        return copy && now.Copies > Copies ? Spent($"copy {Plural.Of(Copies, "task")}")
            : task && now.Tasks > Tasks ? Spent($"create {Plural.Of(Tasks, "task")}")
            : key && now.Keys > Keys ? Spent($"make {Plural.Of(Keys, "key")}")
            : now.Changes > Changes ? Spent($"make {Plural.Of(Changes, "change")}")
            : now.Bytes > Bytes ? Spent($"bring {Bytes / 1024 / 1024} MB")
            : null;
    }

    /// <summary>A key that has its part of the streams.</summary>
    internal static Refusal Streams()
    {
        const string fix = "End one of them, or ask with `email get`.";
        return new(ErrorCodes.InsufficientCredit, $"This key has {Limits.StreamsPerKey} streams open; it may have no more.") { Problems = [new("", "streams_per_key", "Too many streams are open.", fix)], Action = new("fix", null, fix) };
    }

    private static Refusal Spent(string most) => new(ErrorCodes.InsufficientCredit, $"One key may {most} in a day, and this one did.")
    {
        Problems = [new("", "key_day", $"One key may {most} in a day.", Wait)], Action = new("fix", null, Wait),
    };
}

using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// Asks at a start whether this database may have been away while mail went on: put back from a backup, copied, restored,
/// failed over (engine §10). Whoever can't exclude it starts paused; nothing leaves before a person has accepted.
/// </summary>
internal static class TimeTravel
{
    /// <summary>A silence of this length while tasks were to be sent: somebody may have started a copy meanwhile.</summary>
    private const long SilenceMicros = 60L * 60 * 1_000_000;

    /// <summary>Opens this node's memory, and pauses dispatch when there is a reason to.</summary>
    /// <param name="stateFolder">Where memories lie; null keeps none.</param>
    /// <param name="fresh">The database's id, when it has none yet.</param>
    public static async Task<BeginMemory> AtStart(IStore store, string? stateFolder, string fresh, string node)
    {
        var (id, place) = await store.Write(async db =>
        {
            var known = await MetaRows.GetOrAdd(db, MetaRows.DatabaseId, fresh);
            return (known, store.Place is { } here ? await MetaRows.GetOrAdd(db, MetaRows.Place, here) : null);
        });
        var memory = BeginMemory.Open(stateFolder, id, node);
        try
        {
            if (await Reason(store, memory, place) is var (reason, detail)) await Standstill.Pause(store, reason, detail);
            else await Standstill.HoldTasks(store);
            return memory;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private static async Task<(string Reason, string Detail)?> Reason(IStore store, BeginMemory memory, string? place)
    {
        var (numbers, seen, work) = await store.Read(async db => (await NumberRows.Numbers(db), await NodeRows.LastSeen(db), await StandstillRows.HasWork(db)));
        if (Forgotten(memory, numbers) is { } mailbox) return ("went_back", Standstill.WentBack(mailbox));
        if (place is not null && place != store.Place)
        {
            return store.IsShared
                ? ("timeline_changed", "This PostgreSQL is another one, or on another timeline, than when mails were sent from it: it was restored, or failed over, and commits may be lost.")
                : ("folder_copied", "This data folder was copied, moved or put back: where it was before, mails may have been sent that it does not know of.");
        }
        var silence = seen is { } last ? store.Now - last : 0;
        return silence > SilenceMicros && work
            ? ("silent", $"Nobody served this database for {silence / 60_000_000} minutes while tasks were to be sent: if it was put back from a backup, mails may have been sent that it does not know of.")
            : null;
    }

    /// <summary>A mailbox of which more is remembered than the database knows. One that is not there at all is as bad: mailboxes are never erased.</summary>
    private static string? Forgotten(BeginMemory memory, List<MailboxNumbers> numbers)
    {
        var known = numbers.ToDictionary(n => n.Id, StringComparer.Ordinal);
        return memory.Known.FirstOrDefault(m => !known.TryGetValue(m.Key, out var n) || n.BeginNo < m.Value.BeginNo || n.Epoch < m.Value.Epoch).Key;
    }
}

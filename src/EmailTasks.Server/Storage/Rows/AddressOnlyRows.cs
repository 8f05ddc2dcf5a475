using EmailTasks.Contracts;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>
/// Opt-outs that nothing proves but the address in From, which anybody can write. Each is obeyed, for it may be true; many at once
/// are somebody emptying a list, and a person is told.
/// </summary>
public static class AddressOnlyRows
{
    /// <summary>More than so many within the hour are no accident.</summary>
    public const int HourMax = 20;

    /// <summary>Entries taken back by one call; the next call takes the next ones.</summary>
    public const int UndoMax = 10_000;

    private const string Standing = "account = @account and strength = @addressOnly and removed_pos is null";

    /// <summary>Asked with each new entry: starts the alert, and keeps it awake.</summary>
    public static async ValueTask<int> Watch(Db db, string account)
    {
        var (count, first) = await db.One<(long, long?)>(
            $"select count(*), min(at) from suppression where {Standing} and at > @hourAgo", new { account, addressOnly = SuppressionStrengths.AddressOnly, hourAgo = db.Now - HourRows.Micros });
        return count <= HourMax ? 0 : await db.Execute(
            "update account set address_only_since = coalesce(address_only_since, @first), address_only_at = @now where id = @account", new { account, first, now = db.Now });
    }

    /// <summary>How many stand since an instant.</summary>
    public static ValueTask<long> Count(Db db, string account, long since) => db.One<long>(
        $"select count(*) from suppression where {Standing} and at >= @since", new { account, addressOnly = SuppressionStrengths.AddressOnly, since });

    /// <summary>Takes those since an instant back, at one place of the log; answers their addresses. With none left, the alert is over.</summary>
    public static async ValueTask<List<string>> Undo(Db db, string account, long since, long pos, string by, string reason)
    {
        var rows = await db.Many<(long Pos, string Address)>(
            $"select pos, address from suppression where {Standing} and at >= @since order by pos limit @most", new { account, addressOnly = SuppressionStrengths.AddressOnly, since, most = UndoMax });
        if (rows.Count == 0) return [];
        await db.Execute(
            $"update suppression set removed_pos = @pos, removed_at = @now, removed_by = @by, removed_reason = @reason where {Standing} and at >= @since and pos <= @last",
            new { account, addressOnly = SuppressionStrengths.AddressOnly, since, pos, by, reason, last = rows[^1].Pos, now = db.Now });
        await db.Execute(
            $"""
            update account set address_only_since = null, address_only_at = null
            where id = @account and not exists (select 1 from suppression where {Standing} and at >= account.address_only_since)
            """,
            new { account, addressOnly = SuppressionStrengths.AddressOnly });
        return rows.ConvertAll(r => r.Address);
    }
}

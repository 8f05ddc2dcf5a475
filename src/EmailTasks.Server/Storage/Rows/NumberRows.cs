namespace EmailTasks.Server.Storage.Rows;

/// <summary>How often a mailbox began, and under which lease.</summary>
public sealed class MailboxNumbers
{
    public required string Id { get; init; }
    public long BeginNo { get; init; }
    public long Epoch { get; init; }
}

/// <summary>Statements over the numbers of begins and leases, which only grow.</summary>
public static class NumberRows
{
    /// <summary>Farther than any node's memory can be ahead: 290 days of 40,000 begins a second.</summary>
    public const long LeapBy = 1_000_000_000_000;

    /// <summary>The numbers of one mailbox.</summary>
    public static ValueTask<MailboxNumbers?> Of(Db db, string mailbox) => db.One<MailboxNumbers>("select id, begin_no, epoch from mailbox where id = @mailbox", new { mailbox });

    /// <summary>The numbers by which nodes tell whether the database went back in time.</summary>
    public static ValueTask<List<MailboxNumbers>> Numbers(Db db) => db.Many<MailboxNumbers>("select id, begin_no, epoch from mailbox");

    /// <summary>Raises the numbers of all mailboxes beyond what anybody can remember; whoever holds a lease can do no more with it, and it runs out.</summary>
    public static ValueTask<int> Leap(Db db) => db.Execute(
        "update mailbox set begin_no = begin_no + @LeapBy, epoch = epoch + @LeapBy, epoch_at = @now", new { LeapBy, now = db.Now });

    /// <summary>Raises the numbers of one mailbox to at least these.</summary>
    public static ValueTask<int> LeapTo(Db db, string id, long beginNo, long epoch) => db.Execute(
        "update mailbox set begin_no = case when begin_no < @beginNo then @beginNo else begin_no end, epoch = case when epoch < @epoch then @epoch else epoch end where id = @id",
        new { id, beginNo, epoch });
}

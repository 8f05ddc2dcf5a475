namespace EmailTasks.Server.Storage.Rows;

/// <summary>Numbers that never come twice.</summary>
public static class Sequences
{
    /// <summary>The next number of a sequence, from 1.</summary>
    public static async ValueTask<long> Next(Db db, string name) => await db.One<long>(
        "insert into sequence (name, next) values (@name, 2) on conflict (name) do update set next = sequence.next + 1 returning next - 1", new { name });
}

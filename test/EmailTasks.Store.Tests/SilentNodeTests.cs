using EmailTasks.Server.Storage;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Store.Tests;

/// <summary>Nodes share one PostgreSQL: what one holds while it is silent, the others wait for.</summary>
public sealed class SilentNodeTests
{
    /// <summary>A stopped process once kept its mailbox's row lock, and nobody could take the mailbox over.</summary>
    [Fact]
    public async Task A_node_that_falls_silent_in_the_middle_of_a_change_loses_its_locks_and_its_change()
    {
        using var folder = await new StoreFolder(StoreKind.Postgres).WithTable();
        using var other = folder.Open(TimeProvider.System);
        await folder.Store.Write(db => StoreFolder.Insert(db, "row"));
        var (held, wakes) = (new TaskCompletionSource(), new TaskCompletionSource());
        var silent = folder.Store.Write(async db =>
        {
            await db.Execute("update t set n = 1 where id = 'row'");
            held.TrySetResult();
            await Task.WhenAny(wakes.Task, Task.Delay(TimeSpan.FromSeconds(60)));
            return await db.Execute("update t set n = 2 where id = 'row'");
        });
        await held.Task;
        await other.Write(db => db.Execute("update t set n = 3 where id = 'row'"));
        wakes.SetResult();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => silent);
        Assert.Equal(3, Convert.ToInt32(folder.Raw("select n from t")));
    }
}

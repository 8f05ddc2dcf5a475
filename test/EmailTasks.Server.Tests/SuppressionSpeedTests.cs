using System.Diagnostics;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests;

/// <summary>The suppression list is looked up by address: however long the log is, the writer does not stand still for it.</summary>
[Collection(Alone.Name)]
public sealed class SuppressionSpeedTests
{
    private const int Suppressed = 20_000;

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task A_long_suppression_log_slows_neither_begin_nor_adding(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var account = await server.Account();
        await server.App.Store.Write(db => db.Execute(
            """
            with recursive n(i) as (select 1 union all select i + 1 from n where i < @Suppressed)
            insert into suppression (account, pos, address, address_key, reason, source, at) select @account, i, 's' || i || '@x.example', 's' || i || '@x.example', 'manual', 'test', 0 from n
            """,
            new { account, Suppressed }));
        var id = await server.Draft();
        await server.AddRecipients(id, 1_000);
        var task = (await server.App.Store.Read(db => TaskRows.LoadAny(db, id)))!;
        var begun = Stopwatch.StartNew();
        var (rows, _, _) = await server.App.Store.Read(db => Candidates.Fresh(db, task, 0, [], Suppressed, 1_000, 100));
        Assert.True(begun.ElapsedMilliseconds < 100, $"A begin looked for {begun.ElapsedMilliseconds} ms.");
        Assert.Equal(100, rows.Count);
        var counted = Stopwatch.StartNew();
        Assert.Equal(0, await server.App.Store.Read(db => SuppressionRows.CountNow(db, account, task.SetId, 0)));
        Assert.True(counted.ElapsedMilliseconds < 300, $"Counting took {counted.ElapsedMilliseconds} ms.");
    }
}

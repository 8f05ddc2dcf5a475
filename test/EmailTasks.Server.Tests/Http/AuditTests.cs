using EmailTasks.Contracts;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>Every effect leaves one row in a chain that a change of any row would break; nothing else leaves any.</summary>
public sealed class AuditTests
{
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Every_forced_effect_makes_one_chained_row_without_addresses_or_keys(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var world = await GateWorld.Make(server);
        foreach (var c in MutationCases.All.Values)
        {
            await world.Fresh();
            await world.Before(c.Op);
            var before = await Rows(server, world["account"]);
            await world.Call(c.Op, c.Path, c.Body, force: false);
            foreach (var refused in c.Refused) await world.Call(c.Op, refused.Path, refused.Body, force: true);
            Assert.Equal(before.Count, (await Rows(server, world["account"])).Count);
            var reply = (await world.Call(c.Op, c.Path, c.Body, force: true)).Ok();
            var row = Assert.Single((await Rows(server, world["account"])).Skip(before.Count));
            Assert.Equal((c.Op.Command, "person", world["uid"]), (row.Command, row.Actor, row.Uid));
            Assert.Equal(reply.Json.GetProperty("meta").GetProperty("request_id").GetString(), row.RequestId);
            Assert.False(string.IsNullOrEmpty(row.ObjectId), $"{c.Op.Command} names no object.");
        }
        foreach (var account in new[] { world["account"], world["other_account"] }) Chained(await Rows(server, account), account, world);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task An_effect_and_its_row_are_one_transaction(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var account = await server.Account();
        var refuse = store == StoreKind.Sqlite ? "create trigger no_audit before insert on audit begin select raise(abort, 'no'); end" : "alter table audit add constraint no_audit check (seq < 0) not valid";
        await server.App.Store.Write(db => db.Execute(refuse));
        var reply = await server.Post("/v1/email-tasks", new { name = "x" });
        Assert.False(reply.Success);
        Assert.Equal(0, (await server.Get("/v1/email-tasks")).Ok().Number("total_size"));
        Assert.Empty(await Rows(server, account));
    }

    private static void Chained(List<Row> rows, string account, GateWorld world)
    {
        Assert.NotEmpty(rows);
        var prev = new string('0', 64);
        var seq = 0;
        foreach (var row in rows)
        {
            Assert.Equal((++seq, prev), (row.Seq, row.PrevHash));
            prev = GateRows.Hash(prev, new AuditEntry(account, row.KeyId, row.Uid, row.Actor, row.Command, row.ObjectId, row.RequestId, row.Summary), row.Seq, row.At);
            Assert.Equal(prev, row.Hash);
            Assert.DoesNotContain("@", row.Summary);
            Assert.DoesNotContain(world.Names.Where(n => n.Value.StartsWith("nox_", StringComparison.Ordinal)), n => row.Summary.Contains(n.Value[^64..], StringComparison.Ordinal));
            var changed = GateRows.Hash(row.PrevHash, new AuditEntry(account, row.KeyId, row.Uid, row.Actor, row.Command, row.ObjectId, row.RequestId, row.Summary + "."), row.Seq, row.At);
            Assert.NotEqual(row.Hash, changed);
        }
    }

    private static Task<List<Row>> Rows(TestServer server, string account) => server.App.Store.Read(db => db.Many<Row>("select * from audit where account = @account order by seq", new { account }));

    private sealed class Row
    {
        public long Seq { get; init; }
        public long At { get; init; }
        public required string KeyId { get; init; }
        public required string Uid { get; init; }
        public required string Actor { get; init; }
        public required string Command { get; init; }
        public string? ObjectId { get; init; }
        public required string RequestId { get; init; }
        public required string Summary { get; init; }
        public required string PrevHash { get; init; }
        public required string Hash { get; init; }
    }
}

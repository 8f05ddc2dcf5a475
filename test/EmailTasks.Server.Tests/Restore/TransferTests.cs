using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Transfer;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Restore;

/// <summary>An installation moves from one database to the other and back, and nothing of it is lost or sent twice.</summary>
public sealed class TransferTests : IDisposable
{
    private const string Passphrase = "correct horse battery";

    private readonly string _root = Directory.CreateTempSubdirectory("email-tasks-transfer-").FullName;

    [Fact]
    public async Task From_a_folder_to_PostgreSQL_and_back_every_row_is_the_same()
    {
        var (first, second, third) = (At("first"), At("second"), At("third"));
        string key, task, draft;
        List<string> rows;
        await using (var server = await TestServer.Start(folder: first))
        {
            key = server.AdminKey;
            var pickup = await server.Pickup();
            var mailbox = await server.Smtp(9, password: "a secret");
            task = await server.Ready(20, pickup);
            await server.Send(task);
            await server.Settled(task);
            draft = await server.Ready(5, mailbox, "Autumn shoes", i => $"a{i}@creators.example");
            (await server.Post("/v1/suppressions", new { addresses = new[] { "no@creators.example" } })).Ok();
        }
        await Export(first, null, "one.etx");
        rows = Rows("one.etx");
        var database = await PostgresCluster.NewDatabase();
        await Import(second, database, "one.etx");
        await Export(second, database, "two.etx");
        Assert.Equal(rows, Rows("two.etx"));
        await Import(third, null, "two.etx");
        await Export(third, null, "three.etx");
        Assert.Equal(rows, Rows("three.etx"));

        await Run("unseal", second, database);
        File.WriteAllText(Path.Combine(second, "admin.key"), key);
        await using var moved = await TestServer.Start(StoreKind.Postgres, folder: second, database: database);
        Assert.Equal(20, (await moved.Get($"/v1/email-tasks/{task}")).Ok().Number("counts.sent_count"));
        Assert.Equal("a secret", await Secret(moved));
        Assert.Equal(5, (await moved.Get($"/v1/email-tasks/{draft}")).Ok().Number("counts.pending_count"));
        Assert.NotEqual(draft, await moved.Draft());
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task What_was_being_sent_arrives_paused_and_the_source_sends_nothing_any_more(StoreKind store)
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Connect, SinkReply.Swallow));
        var (from, to) = (At("from"), At("to"));
        string task;
        await using (var server = await TestServer.Start(folder: from))
        {
            task = await server.Ready(10, await server.Smtp(sink.Port));
            await server.Send(task);
            await Worlds.Until(() => Task.FromResult(sink.Connections > 0), what: "a session");
        }
        await Export(from, null, "it.etx");
        sink.Script = null;
        await using (var source = await TestServer.Start(folder: from))
        {
            var (status, text) = await Sendings.Ready(source);
            Assert.Equal(503, status);
            Assert.Contains("exported", text);
            Assert.Equal("INVALID_STATE", (await source.Post("/v1/data/accept-restore")).ErrorCode);
            await Task.Delay(Sendings.Quiet);
        }
        var database = store == StoreKind.Postgres ? await PostgresCluster.NewDatabase() : null;
        await Import(to, database, "it.etx");
        File.Copy(Path.Combine(from, "admin.key"), Path.Combine(to, "admin.key"));
        await using var target = await TestServer.Start(store, folder: to, database: database);
        var view = (await target.Get($"/v1/email-tasks/{task}")).Ok();
        Assert.Equal(("paused", "restore", 10), (view.Text("status"), view.Text("paused_by"), view.Number("counts.pending_count")));
        await Worlds.Until(async () => (await Sendings.Ready(target)).Status == 200, what: "readiness");
        await Task.Delay(Sendings.Quiet);
        Assert.Empty(sink.Dotted);
    }

    [Fact]
    public async Task Wrong_passphrase_a_target_that_is_used_and_a_source_that_runs_are_refused()
    {
        var (from, to) = (At("from"), At("to"));
        await using (var server = await TestServer.Start(folder: from))
            await Assert.ThrowsAnyAsync<Exception>(() => Export(from, null, "it.etx"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Export(from, null, "it.etx", "short"));
        await using (var still = await TestServer.Start(folder: from)) Assert.Equal(200, (await Sendings.Ready(still)).Status);
        var dry = await Run("export", from, null, "it.etx", force: false);
        Assert.False(dry.Applied);
        Assert.False(File.Exists(At("it.etx")));
        await Export(from, null, "it.etx");
        Assert.Contains("passphrase", (await Assert.ThrowsAsync<InvalidDataException>(() => Import(to, null, "it.etx", "another passphrase"))).Message);
        Assert.Contains("not empty", (await Assert.ThrowsAsync<InvalidOperationException>(() => Import(from, null, "it.etx"))).Message);
        Assert.False((await Run("import", to, null, "it.etx", force: false)).Applied);
        await Import(to, null, "it.etx");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private string At(string name) => Path.Combine(_root, name);

    private Task<DataAnswer> Export(string data, string? database, string file, string passphrase = Passphrase) => Run("export", data, database, file, passphrase);

    private Task<DataAnswer> Import(string data, string? database, string file, string passphrase = Passphrase) => Run("import", data, database, file, passphrase);

    private Task<DataAnswer> Run(string verb, string data, string? database, string? file = null, string passphrase = Passphrase, bool force = true) =>
        DataCommand.Run(new DataOptions(verb, data, database, file is null ? null : At(file), force), () => passphrase, TimeProvider.System);

    /// <summary>Everything but the header, which names the source and the time.</summary>
    private List<string> Rows(string file)
    {
        using var reader = ExportReader.Open(At(file), Passphrase);
        return [.. reader.Lines().Skip(1).Order(StringComparer.Ordinal)];
    }

    private static async Task<string> Secret(TestServer server)
    {
        var (id, smtp, secret) = await server.App.Store.Read(db => db.One<(string, string, byte[])>("select id, smtp, secret from mailbox where secret is not null"));
        var place = SecretPlace.Of(id, System.Text.Json.JsonSerializer.Deserialize(smtp, StoredJson.Default.SmtpSetting)!);
        return System.Text.Json.JsonDocument.Parse(server.App.Keys.Open(place, secret)).RootElement.GetProperty("password").GetString()!;
    }
}

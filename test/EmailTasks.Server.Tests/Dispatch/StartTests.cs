using EmailTasks.Server.Storage;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Dispatch;

/// <summary>A node may start at any time, also at a bad one.</summary>
[Trait(Waits.Trait, Waits.Name)]
public sealed class StartTests
{
    /// <summary>The first control reading once failed the start: a node that came up while its database was away for a moment shut itself down.</summary>
    [Fact]
    public async Task A_node_that_starts_while_its_database_is_away_for_a_moment_stays_and_sends_later()
    {
        var database = default(AwayStore);
        await using var sink = SmtpSink.Start();
        await using var server = await TestServer.Start(StoreKind.Postgres, adjust: app => app with { Store = database = new AwayStore(app.Store) });
        await Task.Delay(TimeSpan.FromSeconds(2));
        database!.IsAway = false;
        var task = await server.Ready(5, await server.Smtp(sink.Port));
        await server.Send(task);
        Assert.Equal(5, (await server.Settled(task, 30)).Number("counts.sent_count"));
    }

    /// <summary>Away from the start, until it is told otherwise.</summary>
    private sealed class AwayStore(IStore inner) : IStore
    {
        public volatile bool IsAway = true;

        public Dialect Sql => inner.Sql;

        public long Now => inner.Now;

        public bool IsShared => inner.IsShared;

        public string? Unsafe => inner.Unsafe;
        public string? Place => null;

        public Task<T> Write<T>(Func<Db, ValueTask<T>> body, Func<T, bool>? keep = null, bool first = false) => IsAway ? throw Away() : inner.Write(body, keep, first);

        public Task<T> Read<T>(Func<Db, ValueTask<T>> body) => IsAway ? throw Away() : inner.Read(body);

        public void Dispose() => inner.Dispose();

        private static StoreUnavailableException Away() => new("away", new IOException("away"));
    }
}

using System.Diagnostics;
using EmailTasks.Testing;
using Microsoft.Data.Sqlite;
using Xunit;

namespace EmailTasks.Server.Tests.Restore;

/// <summary>How yesterday comes back.</summary>
public enum Yesterday
{
    /// <summary>The database file alone, into today's folder.</summary>
    File,

    /// <summary>All files, over today's.</summary>
    FilesOver,

    /// <summary>The folder, in the place of today's.</summary>
    Folder,

    /// <summary>The folder, somewhere else.</summary>
    Elsewhere,

    /// <summary>The file, and with it the heartbeat of a server that was never stopped; no memory outside.</summary>
    Heartbeat,
}

/// <summary>Yesterday's data folder, in which a task has just started, is put back after all of it was mailed. The sink's log is the oracle.</summary>
[Trait(Waits.Trait, Waits.Name)]
public sealed class FolderTests : IDisposable
{
    private const int People = 20;

    private readonly string _root = Directory.CreateTempSubdirectory("email-tasks-restore-").FullName;

    private string Today => Path.Combine(_root, "data");

    private string Kept => Path.Combine(_root, "kept");

    [Theory]
    [InlineData(Yesterday.File, "went_back")]
    [InlineData(Yesterday.FilesOver, "went_back")]
    [InlineData(Yesterday.Folder, "went_back")]
    [InlineData(Yesterday.Elsewhere, "folder_copied")]
    [InlineData(Yesterday.Heartbeat, "silent")]
    public async Task Yesterday_put_back_mails_nobody(Yesterday how, string reason)
    {
        await using var sink = SmtpSink.Start();
        var task = await MailEverybody(sink);
        var folder = PutBack(how);
        await using var server = await TestServer.Start(folder: folder);
        await server.StandsStill(sink, task, reason);
        Assert.Equal(People, sink.Mailed().Distinct().Count());
    }

    /// <summary>The same folder with nothing that tells: everybody is mailed twice. If this fails, the tests above prove nothing.</summary>
    [Fact]
    public async Task Without_memory_and_stamp_the_same_folder_mails_everybody_again()
    {
        await using var sink = SmtpSink.Start();
        await MailEverybody(sink);
        var folder = PutBack(Yesterday.File);
        Directory.Delete(TestServer.StateOf(folder), recursive: true);
        await using var server = await TestServer.Start(folder: folder);
        await Worlds.Until(() => Task.FromResult(sink.Dotted.Count() == 2 * People), what: "everybody's second mail");
    }

    [Fact]
    public async Task A_folder_that_was_moved_stands_still_and_goes_on_when_somebody_accepts()
    {
        await using var sink = SmtpSink.Start();
        await using (var server = await TestServer.Start(folder: Today)) await server.Smtp(sink.Port);
        Directory.Move(Today, Kept);
        await using var moved = await TestServer.Start(folder: Kept);
        Assert.Equal(503, (await Sendings.Ready(moved)).Status);
        Assert.Equal("folder_copied", (await moved.Post("/v1/data/accept-restore")).Ok().Text("reason"));
        await Worlds.Until(async () => (await Sendings.Ready(moved)).Status == 200, what: "readiness");
        var mailbox = (await moved.Get("/v1/mailboxes")).Ok().Data.GetProperty("items").EnumerateArray().First(m => m.GetProperty("kind").GetString() != "pickup").GetProperty("sender_id").GetString()!;
        var task = await moved.Ready(3, mailbox);
        await moved.Send(task);
        await moved.Settled(task);
        Assert.Equal(3, sink.Dotted.Count());
    }

    [Fact]
    public async Task A_folder_that_stays_where_it_is_starts_without_a_word()
    {
        await using var sink = SmtpSink.Start();
        await MailEverybody(sink);
        await using var server = await TestServer.Start(folder: Today);
        Assert.Equal((200, "ready"), await Sendings.Ready(server));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>Starts a task at a mail server that keeps silent, keeps the folder as it is then, and lets everybody be mailed.</summary>
    private async Task<string> MailEverybody(SmtpSink sink)
    {
        string task;
        sink.Script = SmtpSink.At(SinkStep.Connect, SinkReply.Swallow);
        await using (var server = await TestServer.Start(folder: Today))
        {
            task = await server.Ready(People, await server.Smtp(sink.Port));
            await server.Send(task);
            await Worlds.Until(() => Task.FromResult(sink.Connections > 0), what: "a session");
        }
        Assert.Empty(sink.Dotted);
        Copy(Today, Kept);
        sink.Script = null;
        await using (var server = await TestServer.Start(folder: Today)) await server.Settled(task);
        Assert.Equal(People, sink.Dotted.Count());
        return task;
    }

    private string PutBack(Yesterday how)
    {
        foreach (var rest in Directory.GetFiles(Today, "email-tasks.db-*")) File.Delete(rest);
        switch (how)
        {
            case Yesterday.File:
            case Yesterday.Heartbeat:
                File.Copy(Path.Combine(Kept, "email-tasks.db"), Path.Combine(Today, "email-tasks.db"), overwrite: true);
                break;
            case Yesterday.FilesOver:
                foreach (var file in Directory.GetFiles(Kept)) File.Copy(file, Path.Combine(Today, Path.GetFileName(file)), overwrite: true);
                break;
            case Yesterday.Folder:
                Directory.Delete(Today, recursive: true);
                Copy(Kept, Today);
                break;
            case Yesterday.Elsewhere:
                return Kept;
            default:
                throw new ArgumentOutOfRangeException(nameof(how));
        }
        if (how == Yesterday.Heartbeat) OnlyAHeartbeat();
        return Today;
    }

    private void OnlyAHeartbeat()
    {
        Directory.Delete(TestServer.StateOf(Today), recursive: true);
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Today, "email-tasks.db")};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "insert into node (id, started_at, seen_at) select 'node_killed', 0, cast(value as integer) - 3700 * 1000000 from meta where key = 'clock_high_water'";
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    private static void Copy(string from, string to)
    {
        using var copy = Process.Start("cp", ["-a", from, to]);
        copy.WaitForExit();
        Assert.Equal(0, copy.ExitCode);
    }
}

using System.Diagnostics;
using System.Runtime.CompilerServices;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Sqlite;
using EmailTasks.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EmailTasks.Store.Tests;

/// <summary>Opening a data folder: its lock, its schema, its durability, its clock.</summary>
public sealed class OpeningTests
{
    /// <summary>Reproduced in an experiment: the lock hung on an object, was finalised with it, and let a second server in.</summary>
    [Fact]
    public void A_second_store_is_refused_even_when_nobody_holds_the_first_one()
    {
        var folder = Directory.CreateTempSubdirectory("email-tasks-lock-").FullName;
        OpenAndForget(folder);
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.Throws<FolderInUseException>(() => SqliteStore.Open(folder, TimeProvider.System));
        Assert.Contains("in use by another server", SecondProcess(folder));
    }

    [Fact]
    public async Task A_lock_ends_with_its_process_however_it_ends()
    {
        var folder = Directory.CreateTempSubdirectory("email-tasks-lock-").FullName;
        using var other = Start(folder);
        while (await other.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains("\"pid\"")) { }
        Assert.Throws<FolderInUseException>(() => SqliteStore.Open(folder, TimeProvider.System));
        other.Kill();
        await other.WaitForExitAsync(TestContext.Current.CancellationToken);
        SqliteStore.Open(folder, TimeProvider.System).Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task Commits_survive_a_power_cut(StoreKind kind)
    {
        using var folder = new StoreFolder(kind);
        Assert.Equal("wal", await folder.Store.Write(db => db.One<string>("pragma journal_mode")));
        Assert.Equal(2, await folder.Store.Write(db => db.One<int>("pragma synchronous")));
        Assert.Equal(1, await folder.Store.Read(db => db.One<int>("pragma query_only")));
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task The_schema_has_a_number_and_a_restart_keeps_everything(StoreKind kind)
    {
        using var folder = await new StoreFolder(kind).WithTable();
        await folder.Store.Write(db => StoreFolder.Insert(db, "a"));
        var version = folder.Raw("pragma user_version");
        Assert.InRange((long)version!, 1, 999);
        folder.Restart();
        Assert.Equal(["a"], await folder.Ids());
        Assert.Equal(version, folder.Raw("pragma user_version"));
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public void A_newer_schema_is_refused_and_left_as_it_is(StoreKind kind)
    {
        using var folder = new StoreFolder(kind);
        var version = folder.Raw("pragma user_version");
        folder.Store.Dispose();
        folder.Raw("pragma user_version = 999");
        for (var i = 0; i < 2; i++) // twice: the refusal lets go of the folder
            Assert.Contains("newer version (schema 999)", Assert.Throws<InvalidOperationException>(() => SqliteStore.Open(folder.Path, TimeProvider.System)).Message);
        Assert.Equal(999L, folder.Raw("pragma user_version"));
        folder.Raw($"pragma user_version = {version}");
        folder.Restart();
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task The_clock_never_goes_back_also_not_over_a_restart(StoreKind kind)
    {
        var start = new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
        var time = new FakeTimeProvider(start);
        using var folder = new StoreFolder(kind, time);
        var last = 0L;
        foreach (var ms in new[] { 0, 400, 599, 999, 600_000, 100, 899 })
        {
            time.Advance(TimeSpan.FromMilliseconds(ms));
            var now = await folder.Store.Write(db => ValueTask.FromResult(db.Now));
            Assert.Equal(Micros.Of(time.GetUtcNow()), now);
            last = now;
        }
        var setBack = new FakeTimeProvider(start.AddHours(-3));
        folder.Restart(setBack);
        var again = await folder.Store.Write(db => ValueTask.FromResult(db.Now));
        Assert.True(again >= last, $"{Micros.At(again)} is before {Micros.At(last)}");
        Assert.True(again - last <= 1_000_000, "It waits where it was, it does not run ahead.");
        setBack.Advance(TimeSpan.FromHours(1));
        Assert.Equal(again, await folder.Store.Read(db => ValueTask.FromResult(db.Now)));
        setBack.Advance(TimeSpan.FromHours(3));
        Assert.Equal(Micros.Of(setBack.GetUtcNow()), folder.Store.Now);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void OpenAndForget(string folder) => _ = SqliteStore.Open(folder, TimeProvider.System);

    private static string SecondProcess(string folder)
    {
        using var process = Start(folder);
        var told = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.NotEqual(0, process.ExitCode);
        return told;
    }

    private static Process Start(string folder)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "exec", typeof(App).Assembly.Location, "--data", folder, "--urls", "http://127.0.0.1:0", "--state", TestServer.StateOf(folder) }) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}

using System.Text;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Sqlite;
using EmailTasks.Server.Storage.Transfer;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Restore;

/// <summary>Exports of two installations, several chunks each, made once for all damages.</summary>
public sealed class TwoExports : IAsyncLifetime
{
    public const string Passphrase = "correct horse battery";

    /// <summary>A recipient's address, and something of the secrets.</summary>
    public static readonly string[] InClear = ["r7@d7.example", "Spring shoes", "outbox@localhost", "master_key\""];

    public string Root { get; } = Directory.CreateTempSubdirectory("email-tasks-sealed-").FullName;

    public byte[] One { get; private set; } = [];

    public byte[] Two { get; private set; } = [];

    public async ValueTask InitializeAsync() => (One, Two) = (await Make("one"), await Make("two"));

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Root, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<byte[]> Make(string name)
    {
        var (data, file) = (Path.Combine(Root, name), Path.Combine(Root, name + ".etx"));
        await using (var server = await TestServer.Start(folder: data)) await server.AddRecipients(await server.Draft(), 2_000);
        await DataCommand.Run(new DataOptions("export", data, null, file, true), () => Passphrase, TimeProvider.System);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        return await File.ReadAllBytesAsync(file);
    }
}

/// <summary>Whatever is done to an exported file, no row of it comes in.</summary>
public sealed class SealedExportTests(TwoExports made) : IClassFixture<TwoExports>
{
    private const int Sealed = ExportSeal.ChunkBytes + ExportSeal.TagBytes;

    /// <summary>First line, chunks, and those of another export under the same passphrase; what becomes of them.</summary>
    private static readonly Dictionary<string, Func<Pieces, Pieces, byte[]>> Damages = new()
    {
        ["a byte of the first chunk"] = (a, _) => a.Flip(a.Line.Length + 10),
        ["a byte of a chunk in the middle"] = (a, _) => a.Flip(a.Line.Length + Sealed + 1_000),
        ["a byte of the proof of a chunk"] = (a, _) => a.Flip(a.Line.Length + (2 * Sealed) - 1),
        ["a byte of the last chunk"] = (a, _) => a.Flip(a.Line.Length + ((a.Chunks.Count - 1) * Sealed) + 3),
        ["the very last byte"] = (a, _) => a.Flip(a.Line.Length + a.Chunks.Sum(c => c.Length) - 1),
        ["the first chunk dropped"] = (a, _) => a.With(a.Chunks.Skip(1)),
        ["a chunk dropped"] = (a, _) => a.With([a.Chunks[0], .. a.Chunks.Skip(2)]),
        ["the last chunk dropped"] = (a, _) => a.With(a.Chunks.SkipLast(1)),
        ["all chunks dropped"] = (a, _) => a.With([]),
        ["two chunks swapped"] = (a, _) => a.With([a.Chunks[1], a.Chunks[0], .. a.Chunks.Skip(2)]),
        ["a chunk twice"] = (a, _) => a.With([a.Chunks[0], .. a.Chunks]),
        ["the last chunk twice"] = (a, _) => a.With([.. a.Chunks, a.Chunks[^1]]),
        ["the last chunk earlier"] = (a, _) => a.With([a.Chunks[0], a.Chunks[^1]]),
        ["cut within a chunk"] = (a, _) => a.Whole[..(a.Line.Length + Sealed + 77)],
        ["cut within a proof"] = (a, _) => a.Whole[..^3],
        ["cut to less than a proof"] = (a, _) => a.Whole[..(a.Line.Length + 5)],
        ["cut within the first line"] = (a, _) => a.Whole[..20],
        ["nothing left"] = (_, _) => [],
        ["a byte appended"] = (a, _) => [.. a.Whole, 0],
        ["a line appended"] = (a, _) => [.. a.Whole, .. "[1]\n"u8],
        ["another export appended"] = (a, b) => [.. a.Whole, .. b.Whole],
        ["the first line of another export"] = (a, b) => [.. b.Line, .. a.Whole.AsSpan(a.Line.Length)],
        ["a chunk of another export"] = (a, b) => a.With([a.Chunks[0], b.Chunks[1], .. a.Chunks.Skip(2)]),
        ["the end of another export"] = (a, b) => a.With([.. a.Chunks.SkipLast(1), b.Chunks[^1]]),
        ["a space in the first line"] = (a, _) => a.Said("{\"email", "{ \"email"),
        ["a member more in the first line"] = (a, _) => a.Said("{\"email", "{\"note\":1,\"email"),
        ["another salt"] = (a, _) => a.Said("\"salt\":\"", "\"salt\":\"AAAA"),
        ["fewer iterations"] = (a, _) => a.Said("\"600000\"", "\"1\""),
        ["iterations without end"] = (a, _) => a.Said("\"600000\"", "\"2000000000\""),
        ["iterations that are no number"] = (a, _) => a.Said("\"600000\"", "\"-\""),
        ["a later form"] = (a, _) => a.Said("export\":2", "export\":3"),
        ["the form of before"] = (_, _) => Encoding.UTF8.GetBytes("""{"email_tasks_export":1,"schema":10,"database_id":"d","created":"2026-01-01T00:00:00Z","master_key":{"kdf":"pbkdf2-sha256","iterations":1,"salt":"AAAA","sealed":"AAAA"}}""" + "\n[1]\n{\"counts\":{}}\n{\"sha256\":\"0\"}\n"),
        ["a text file"] = (_, _) => "Dear all,\nhere is the export.\n"u8.ToArray(),
        ["zeros"] = (_, _) => new byte[300_000],
    };

    public static TheoryData<string> Names => [.. Damages.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task A_damaged_file_is_refused_before_its_first_row(string damage)
    {
        var (a, b) = (Pieces.Of(made.One), Pieces.Of(made.Two));
        Assert.True(a.Chunks.Count > 3, "The export must have several chunks.");
        var (to, file) = (Path.Combine(made.Root, Guid.NewGuid().ToString("N")), Path.Combine(made.Root, Guid.NewGuid().ToString("N") + ".etx"));
        await File.WriteAllBytesAsync(file, Damages[damage](a, b), TestContext.Current.CancellationToken);
        foreach (var force in new[] { false, true })
        {
            var refused = await Assert.ThrowsAsync<InvalidDataException>(() => Import(to, file, force));
            Assert.EndsWith(".", refused.Message, StringComparison.Ordinal);
            if (force) TestContext.Current.TestOutputHelper?.WriteLine($"{damage}: {refused.Message}");
        }
        using var store = SqliteStore.Open(to, TimeProvider.System);
        Assert.Null(await store.Read(Tables.FirstNotEmpty));
        Assert.Null(await store.Read(db => db.One<string>("select value from meta where key = 'importing'")));
        Assert.False(File.Exists(Path.Combine(to, "master.key")));
    }

    [Fact]
    public async Task The_file_as_it_was_comes_in_whole_and_nothing_of_it_stands_there_in_clear()
    {
        var text = Encoding.Latin1.GetString(made.One);
        Assert.All(TwoExports.InClear, words => Assert.DoesNotContain(words, text, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain((await File.ReadAllTextAsync(Path.Combine(made.Root, "one", "master.key"), TestContext.Current.CancellationToken)).Trim(), text, StringComparison.OrdinalIgnoreCase);
        var (to, file) = (Path.Combine(made.Root, "whole"), Path.Combine(made.Root, "whole.etx"));
        await File.WriteAllBytesAsync(file, made.One, TestContext.Current.CancellationToken);
        Assert.Contains("passphrase", (await Assert.ThrowsAsync<InvalidDataException>(() => Import(to, file, true, "another passphrase"))).Message);
        Assert.True((await Import(to, file, true)).Applied);
        using var store = SqliteStore.Open(to, TimeProvider.System);
        Assert.Equal(2_000, await store.Read(db => db.One<long>("select count(*) from recipient")));
    }

    [Theory]
    [InlineData("the file is a link")]
    [InlineData("the file is a link to nothing")]
    [InlineData("its folder is a link")]
    [InlineData("the file beside it is a link")]
    public async Task An_export_follows_no_link(string case_)
    {
        var root = Path.Combine(made.Root, Guid.NewGuid().ToString("N"));
        var (data, real, victim) = (Path.Combine(root, "data"), Path.Combine(root, "real"), Path.Combine(root, "victim"));
        Directory.CreateDirectory(real);
        await File.WriteAllTextAsync(victim, "as it was", TestContext.Current.CancellationToken);
        await using (await TestServer.Start(folder: data))
        {
            // There is an installation now.
        }
        var file = Path.Combine(real, "it.etx");
        if (case_ == "the file is a link") File.CreateSymbolicLink(file, victim);
        else if (case_ == "the file is a link to nothing") File.CreateSymbolicLink(file, Path.Combine(root, "nothing"));
        else if (case_ == "the file beside it is a link") File.CreateSymbolicLink(file + ".part", victim);
        else file = Path.Combine(Directory.CreateSymbolicLink(Path.Combine(root, "link"), real).FullName, "it.etx");
        Task<DataAnswer> Export() => DataCommand.Run(new DataOptions("export", data, null, file, true), () => TwoExports.Passphrase, TimeProvider.System);
        if (case_ == "the file beside it is a link") await Export(); // it is taken away, not followed
        else Assert.Contains(file, (await Assert.ThrowsAsync<InvalidOperationException>(Export)).Message.Replace("link is a link", "link/it.etx", StringComparison.Ordinal));
        Assert.Equal("as it was", await File.ReadAllTextAsync(victim, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(Path.Combine(root, "nothing")));
    }

    private static Task<DataAnswer> Import(string data, string file, bool force, string passphrase = TwoExports.Passphrase) =>
        DataCommand.Run(new DataOptions("import", data, null, file, force), () => passphrase, TimeProvider.System);

    private sealed record Pieces(byte[] Whole, byte[] Line, IReadOnlyList<byte[]> Chunks)
    {
        public static Pieces Of(byte[] file)
        {
            var line = file.AsSpan().IndexOf((byte)'\n') + 1;
            return new Pieces(file, file[..line], [.. file[line..].Chunk(Sealed)]);
        }

        public byte[] With(IEnumerable<byte[]> chunks) => [.. Line, .. chunks.SelectMany(c => c)];

        public byte[] Flip(int at)
        {
            var bytes = (byte[])Whole.Clone();
            bytes[at] ^= 1;
            return bytes;
        }

        public byte[] Said(string was, string now)
        {
            var line = Encoding.UTF8.GetString(Line);
            Assert.Contains(was, line);
            return [.. Encoding.UTF8.GetBytes(line.Replace(was, now, StringComparison.Ordinal)), .. Whole.AsSpan(Line.Length)];
        }
    }
}

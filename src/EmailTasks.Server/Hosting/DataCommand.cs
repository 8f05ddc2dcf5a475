using System.Text.Json.Nodes;
using EmailTasks.Contracts;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Postgres;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Storage.Sqlite;
using EmailTasks.Server.Storage.Transfer;

namespace EmailTasks.Server.Hosting;

/// <summary>What such a command came to.</summary>
internal sealed record DataAnswer(bool Applied, JsonObject Data, string Summary, NextStep? Next);

/// <summary>
/// Moves an installation, from either database to either. Done on one that is stopped: whatever changed beside an export
/// would be missing from it. The source is sealed first, so that the same mails never leave from two places.
/// </summary>
internal static class DataCommand
{
    private const int PassphraseMin = 12;
    private const int HeldAtOnce = 1_000;

    /// <summary>Runs one.</summary>
    /// <exception cref="InvalidOperationException">It can't be done as things are; says why.</exception>
    public static async Task<DataAnswer> Run(DataOptions options, Func<string?> passphrase, TimeProvider time)
    {
        if (options.Verb == "import" && !File.Exists(options.File)) throw new InvalidOperationException($"There is no file {options.File}.");
        if (options.Verb != "import" && options.Database is null && !File.Exists(Path.Combine(options.Data, SqliteStore.FileName))) throw new InvalidOperationException($"There is no installation in {options.Data}.");
        PrivateFile.Folder(options.Data);
        using IStore store = options.Database is { } database ? await PostgresStore.Open(database, time) : SqliteStore.Open(options.Data, time);
        if (await store.Read(NodeRows.Living) > 0) throw new InvalidOperationException("A server works on this database. Stop all of them first, with every role.");
        return options.Verb switch
        {
            "export" => await Export(store, options, passphrase, time),
            "import" => await Import(store, options, passphrase, time),
            _ => await Unseal(store, options),
        };
    }

    private static async Task<DataAnswer> Export(IStore store, DataOptions options, Func<string?> passphrase, TimeProvider time)
    {
        if (await Bootstrap.IsNew(store)) throw new InvalidOperationException("There is nothing to export: no server was ever started here.");
        if (File.Exists(options.File)) throw new InvalidOperationException($"{options.File} is there already; name a new file.");
        if (PrivateFile.Link(options.File!) is { } link) throw new InvalidOperationException($"{link} is a link: whoever made it would choose where the export goes. Name a file in a folder of its own.");
        var master = Keyring.LoadMaster(options.Data, mayCreate: false);
        await Bootstrap.CheckKey(store, new Keyring(master));
        if (await store.Read(StandstillRows.Load) is { } pause) throw new InvalidOperationException($"{pause.Detail} Settle that first: {pause.Next}");
        if (!options.Force)
            return new DataAnswer(false, new JsonObject { ["file"] = options.File }, "Dry run, nothing changed. The installation would be written to the file, and dispatch here would be over.", null);
        var secret = Secret(passphrase);
        await store.Write(db => StandstillRows.Set(db, new DispatchPause(DispatchPause.Sealed, "This installation was exported; dispatch here is over.", db.Now)));
        try
        {
            var counts = await Write(store, options.File!, master, secret, time);
            return new DataAnswer(true, new JsonObject { ["file"] = options.File, ["rows"] = Json(counts) }, "Exported. Dispatch here is over: it goes on where the file is imported.", NextStep.Local("data import").With("help"));
        }
        catch
        {
            File.Delete(options.File + ".part");
            await store.Write(StandstillRows.Lift);
            throw;
        }
    }

    /// <summary>The file gets its name when all of it is on the disk.</summary>
    private static async Task<IReadOnlyDictionary<string, long>> Write(IStore store, string file, byte[] master, string passphrase, TimeProvider time)
    {
        var part = file + ".part";
        File.Delete(part);
        IReadOnlyDictionary<string, long> counts;
        using (var stream = PrivateFile.New(part))
        {
            using var seal = new SealingStream(stream, ExportSeal.Begin(stream, passphrase));
            var writer = new ExportWriter(seal);
            counts = await store.Read(async db =>
            {
                writer.Header(await MetaRows.Get(db, MetaRows.DatabaseId) ?? "", time.GetUtcNow(), master);
                return await writer.Rows(db);
            });
            writer.End();
            stream.Flush(flushToDisk: true);
        }
        File.Move(part, file);
        Disk.FlushFolder(Path.GetDirectoryName(file)!);
        return counts;
    }

    private static async Task<DataAnswer> Import(IStore store, DataOptions options, Func<string?> passphrase, TimeProvider time)
    {
        using var file = ExportReader.Open(options.File!, Secret(passphrase));
        var header = file.Header;
        var schema = Migrations.All[^1].Number;
        if (header.Schema != schema) throw new InvalidOperationException($"The file is of schema {header.Schema}, this server of {schema}: export and import with the same version.");
        if (await store.Read(Tables.FirstNotEmpty) is { } table) throw new InvalidOperationException($"The target is not empty: it has rows in {table}. Name a folder or a database that no server was started on.");
        var data = new JsonObject { ["file"] = options.File, ["source_database_id"] = header.DatabaseId, ["created"] = header.Created, ["rows"] = Json(header.Counts) };
        if (!options.Force) return new DataAnswer(false, data, "Dry run, nothing changed. The file is whole; its rows would be put in.", null);
        Keyring.Adopt(options.Data, header.Master);
        await Storage.Transfer.Import.Run(store, file);
        await Hold(store);
        await Storage.Transfer.Import.End(store);
        return new DataAnswer(true, data, "Imported. Tasks that were being sent are paused; API keys and opt-out links stay valid.", NextStep.Local("serve").With("data", options.Data));
    }

    /// <summary>Nothing goes on by itself in a new place: what was being sent is paused, what was in the air is uncertain, whoever held a lease is gone.</summary>
    private static async Task Hold(IStore store)
    {
        await store.Write(MailboxRows.ReleaseAll);
        foreach (var task in await store.Read(TaskRows.Open))
        {
            for (var mark = 0L; task.Mailbox is not null;)
            {
                var rows = await store.Read(db => RecipientRows.Handed(db, task.SetId, mark, Sweeps.Piece));
                if (rows.Count == 0) break;
                mark = rows[^1].Seq;
                await store.Write(db => Sweeps.Reap(db, task.Mailbox!, task.SetId, [.. rows.Select(r => new OpenRow { Seq = r.Seq, Attempt = r.Attempt })], new HashSet<long>(), isGone: true));
            }
        }
        await store.Write(db => db.Execute("update mailbox set in_flight = 0 where in_flight <> 0"));
        while (await store.Write(db => StandstillRows.PauseImported(db, HeldAtOnce)) == HeldAtOnce)
        {
            // There may be more.
        }
    }

    private static async Task<DataAnswer> Unseal(IStore store, DataOptions options)
    {
        if (await store.Read(StandstillRows.Load) is not { Reason: DispatchPause.Sealed })
            return new DataAnswer(options.Force, new JsonObject { ["changed"] = false }, "This installation is not sealed.", null);
        if (!options.Force)
            return new DataAnswer(false, new JsonObject { ["changed"] = true }, "Dry run, nothing changed. Dispatch would be allowed here again. Only if the export was never imported: else people are mailed twice.", null);
        await store.Write(StandstillRows.Lift);
        return new DataAnswer(true, new JsonObject { ["changed"] = true }, "Unsealed: dispatch goes on here. Destroy the exported file.", NextStep.Local("serve").With("data", options.Data));
    }

    private static string Secret(Func<string?> passphrase) => passphrase() is { Length: >= PassphraseMin } given
        ? given
        : throw new InvalidOperationException($"A passphrase of at least {PassphraseMin} characters is needed: on standard input, or in {CommandLine.PassphraseVariable}.");

    private static JsonObject Json(IReadOnlyDictionary<string, long> counts) => new(counts.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value)));
}

using System.Text.Json;
using System.Text.Json.Nodes;
using EmailTasks.Contracts;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Storage.Sqlite;

if (args is ["data", .. var behind]) return await Data(behind);
var (options, problem) = CommandLine.Read(args);
if (options is null) return Fail(problem!, "See: noxinfluencer serve --help");
try
{
    await using var server = await EmailTasksServer.Start(options, TimeProvider.System);
    Announce(server, options);
    await Warn(server);
    await server.WaitForShutdown();
    return 0;
}
catch (Exception e) when (e is FolderInUseException or InvalidOperationException or IOException or UnauthorizedAccessException or StoreUnavailableException or System.Data.Common.DbException)
{
    return Fail(e.Message, "Mend it and start again; nothing was changed.");
}

static void Announce(EmailTasksServer server, ServerOptions options)
{
    var keyFile = Path.Combine(options.Data, "admin.key");
    if (options.Login && options.ConfigPath is { } config && File.Exists(keyFile)) LogIn(config, server.Url, File.ReadAllText(keyFile).Trim());
    Console.Error.WriteLine($"Email Tasks {ServerOptions.Version} at {server.Url}");
    Console.Error.WriteLine($"Data: {options.Data}");
    Console.Error.WriteLine(options.Login
        ? $"Next: {NextStep.Of(TaskOps.List).Beside([("server", server.Url)])}"
        : "Next: on this machine, start it with --login to keep a key for it; elsewhere, noxinfluencer auth --key-stdin");
    var ready = new JsonObject { ["url"] = server.Url, ["data"] = options.Data, ["pid"] = Environment.ProcessId };
    Console.Out.WriteLine(ready.ToJsonString(new JsonSerializerOptions { TypeInfoResolver = WireJson.Readable, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    Console.Out.Flush();
}

// Export, import, unseal: on an installation that is stopped.
static async Task<int> Data(string[] args)
{
    var (options, problem) = DataOptions.Read(args);
    if (options is null) return Fail(problem!, "See: noxinfluencer data --help");
    try
    {
        var answer = await DataCommand.Run(options, Passphrase, TimeProvider.System);
        var data = System.Text.Encoding.UTF8.GetBytes(answer.Data.ToJsonString(new JsonSerializerOptions { TypeInfoResolver = WireJson.Readable }));
        Console.Out.WriteLine(System.Text.Encoding.UTF8.GetString(Envelope.Success(answer.Applied, data, answer.Summary, answer.Next, null)));
        Console.Error.WriteLine(answer.Summary);
        return 0;
    }
    catch (Exception e) when (e is FolderInUseException or InvalidOperationException or InvalidDataException or IOException or UnauthorizedAccessException or StoreUnavailableException or System.Data.Common.DbException)
    {
        return Fail(e.Message, "Mend it and try again.");
    }
}

static string? Passphrase() => Environment.GetEnvironmentVariable(CommandLine.PassphraseVariable) is { Length: > 0 } known ? known : Console.In.ReadLine();

// What an operator must know before anything is sent.
static async Task Warn(EmailTasksServer server)
{
    if (server.App.Options.Role != NodeRole.Api && server.App.Standstill.Memory.Problem is { } problem)
        Console.Error.WriteLine($"Warning: {problem}: a database that is put back from a backup may not be noticed. Name a place: --state DIR");
    if (await server.App.Store.Read(StandstillRows.Load) is not { } pause) return;
    Console.Error.WriteLine($"DISPATCH STANDS STILL: {pause.Detail}");
    Console.Error.WriteLine($"Next: {pause.Next}");
}

// The command line's own file: this server becomes the current one, other servers keep their keys.
static void LogIn(string path, string url, string key)
{
    var config = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? [] : [];
    config["current"] = url;
    if (config["servers"] is not JsonObject servers) config["servers"] = servers = [];
    servers[url] = new JsonObject { ["api_key"] = key };
    if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
    PrivateFile.Write(path, config.ToJsonString(new JsonSerializerOptions { WriteIndented = true, TypeInfoResolver = WireJson.Readable }));
}

static int Fail(string problem, string fix)
{
    var refusal = Refusal.Invalid("", "serve", problem, fix);
    Console.Out.WriteLine(System.Text.Encoding.UTF8.GetString(Envelope.Failure(refusal, null)));
    Console.Error.WriteLine(problem);
    return ErrorCodes.Row(refusal.Code).Exit;
}

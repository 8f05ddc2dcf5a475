using System.Diagnostics;
using Npgsql;

namespace EmailTasks.Testing;

/// <summary>
/// A scratch PostgreSQL on a loopback port: one cluster for the test process, a database for each test. It ends with the
/// process, however that ends, because it is watched over a pipe.
/// </summary>
public sealed class PostgresCluster
{
    private const string Bins = "/usr/lib/postgresql";

    private static readonly Lazy<Task<PostgresCluster>> Shared = new(() => Start());
    private static int s_databases;

    private readonly Process _watcher;

    private PostgresCluster(Process watcher, string folder, int port)
    {
        _watcher = watcher;
        Folder = folder;
        Port = port;
    }

    /// <summary>Its data folder.</summary>
    public string Folder { get; }

    /// <summary>Where it listens on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The connection string of a fresh, empty database in the shared cluster.</summary>
    public static async Task<string> NewDatabase()
    {
        var cluster = await Shared.Value;
        return await cluster.Create($"t{Interlocked.Increment(ref s_databases)}");
    }

    /// <summary>Starts a cluster of one's own, with more settings if given.</summary>
    public static async Task<PostgresCluster> Start(params string[] settings)
    {
        var bin = Directory.GetDirectories(Bins).OrderByDescending(d => int.Parse(Path.GetFileName(d))).First() + "/bin";
        var folder = Directory.CreateTempSubdirectory("postgres-").FullName;
        var port = LoopbackPorts.Free();
        var asUser = "";
        if (Environment.IsPrivilegedProcess)
        {
            asUser = "setpriv --reuid=postgres --regid=postgres --clear-groups "; // PostgreSQL refuses to run as root
            await Shell($"chown postgres {folder}");
        }
        await Shell($"cd {folder} && {asUser}{bin}/initdb -D {folder}/data -U postgres -A trust -E UTF8 --locale=C --no-sync >{folder}/initdb.log 2>&1 || (cat {folder}/initdb.log; exit 1)");
        var more = string.Concat(settings.Select(s => $" -c {s}"));
        var serve = $"{asUser}{bin}/postgres -D {folder}/data -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=400 -c shared_buffers=256MB{more} >>{folder}/log 2>&1";
        // Told by lines: halt, start. In between it comes back when it ends; the end of the pipe ends it all.
        var start = $"start() {{ touch run; (while [ -e run ]; do {serve}; sleep 0.1; done) & loop=$!; }}";
        var halt = $"halt() {{ rm -f run; kill -INT $(head -n 1 {folder}/data/postmaster.pid); wait $loop; }}";
        var script = $"{start}; {halt}; cd {folder}; start; while read line; do $line; done; [ -e run ] && halt; rm -rf {folder}";
        var watcher = Process.Start(new ProcessStartInfo("sh", ["-c", script]) { RedirectStandardInput = true, UseShellExecute = false })!;
        var cluster = new PostgresCluster(watcher, folder, port);
        await cluster.Ready();
        return cluster;
    }

    /// <summary>A fresh database.</summary>
    public async Task<string> Create(string name)
    {
        await Execute(Of("postgres"), $"create database {name} template template0");
        return Of(name);
    }

    /// <summary>The connection string of a database.</summary>
    public string Of(string name) => $"Host=127.0.0.1;Port={Port};Username=postgres;Database={name}";

    /// <summary>What it logged.</summary>
    public string Log()
    {
        using var log = new FileStream(Path.Combine(Folder, "log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(log);
        return reader.ReadToEnd();
    }

    /// <summary>An immediate stop, as in a crash: sessions are cut, nothing is written down; then it starts and recovers.</summary>
    public async Task Crash()
    {
        await Shell($"kill -QUIT $(head -n 1 {Folder}/data/postmaster.pid)");
        await Ready();
    }

    /// <summary>Stops the server; its folder stays.</summary>
    public async Task Halt()
    {
        await _watcher.StandardInput.WriteLineAsync("halt");
        await _watcher.StandardInput.FlushAsync();
        for (var i = 0; File.Exists(Path.Combine(Folder, "data", "postmaster.pid")); i++)
        {
            if (i > 600) throw new TimeoutException("PostgreSQL did not stop.");
            await Task.Delay(100);
        }
    }

    /// <summary>Starts it again.</summary>
    public async Task Resume()
    {
        await _watcher.StandardInput.WriteLineAsync("start");
        await _watcher.StandardInput.FlushAsync();
        await Ready();
    }

    /// <summary>Keeps the folder of a halted server as it is now.</summary>
    public Task Keep() => Shell($"rm -rf {Folder}/kept && cp -a {Folder}/data {Folder}/kept");

    /// <summary>Puts what was kept in the place of a halted server's folder.</summary>
    public Task PutBack() => Shell($"rm -rf {Folder}/data && cp -a {Folder}/kept {Folder}/data");

    /// <summary>Stops it at once, and takes its folder away.</summary>
    public async Task Stop()
    {
        _watcher.StandardInput.Close();
        await _watcher.WaitForExitAsync();
    }

    /// <summary>One statement, past everything.</summary>
    public static async Task Execute(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>One value, past everything.</summary>
    public static object? Scalar(string connectionString, string sql)
    {
        using var source = NpgsqlDataSource.Create(connectionString);
        using var command = source.CreateCommand(sql);
        return command.ExecuteScalar();
    }

    private async Task Ready()
    {
        for (var i = 0; ; i++)
        {
            try
            {
                await Execute(Of("postgres") + ";Pooling=false", "select 1");
                return;
            }
            catch (NpgsqlException) when (i < 1200)
            {
                await Task.Delay(100);
            }
        }
    }

    private static async Task Shell(string line)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", line]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var said = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        if (shell.ExitCode != 0) throw new InvalidOperationException(said);
    }
}

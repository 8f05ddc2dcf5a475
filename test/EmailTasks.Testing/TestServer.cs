using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Http;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace EmailTasks.Testing;

/// <summary>A whole server in this process: real HTTP, real database, a folder of its own.</summary>
public sealed class TestServer : IAsyncDisposable
{
    /// <summary>A name server that is not there: tests ask nobody outside.</summary>
    private static readonly IPEndPoint Nobody = new(IPAddress.Loopback, 9);

    /// <summary>The databases that belong to folders: a restart finds its own again.</summary>
    private static readonly ConcurrentDictionary<string, string> Databases = new(StringComparer.Ordinal);

    private readonly bool _keepFolder;

    private TestServer(EmailTasksServer server, string folder, bool keepFolder)
    {
        Server = server;
        Folder = folder;
        _keepFolder = keepFolder;
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(server.Url), Timeout = TimeSpan.FromMinutes(5) };
        AdminKey = File.ReadAllText(Path.Combine(folder, "admin.key")).Trim();
    }

    public EmailTasksServer Server { get; }

    public App App => Server.App;

    public string Folder { get; }

    public HttpClient Http { get; }

    /// <summary>A person's key of the first account's admin.</summary>
    public string AdminKey { get; }

    /// <summary>Starts a server, in a fresh folder unless one is given (a restart).</summary>
    public static async Task<TestServer> Start(StoreKind store = StoreKind.Sqlite, TimeProvider? time = null, string? folder = null, Func<App, App>? adjust = null, IPEndPoint? dns = null, string? state = null, string? database = null)
    {
        if (database is not null && folder is not null) Databases[folder] = database;
        var path = folder ?? Directory.CreateTempSubdirectory("email-tasks-").FullName;
        var options = new ServerOptions(path, "http://127.0.0.1:0", false, AllowPrivateHosts: true, null, false, null, dns ?? Nobody) { Database = await Database(store, path), State = state ?? StateOf(path) };
        return new TestServer(await EmailTasksServer.Start(options, time ?? TimeProvider.System, app => (adjust ?? (a => a))(app with { Rates = new RateLimit(int.MaxValue, TimeSpan.FromSeconds(1)), Quotas = new Quotas(long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue) }), quiet: true), path, folder is not null);
    }

    /// <summary>Where the server of a folder remembers what it began.</summary>
    public static string StateOf(string folder) => Path.TrimEndingDirectorySeparator(folder) + ".state";

    private static async Task<string?> Database(StoreKind store, string folder)
    {
        if (store == StoreKind.Sqlite) return null;
        if (!Databases.TryGetValue(folder, out var known)) Databases[folder] = known = await PostgresCluster.NewDatabase();
        return known;
    }

    /// <summary>Calls an operation. Mutations are forced unless told otherwise.</summary>
    public async Task<Reply> Call(string method, string path, object? body = null, bool force = true, string? key = null, string? idempotencyKey = null, string? plan = null)
    {
        var mutation = method != "GET";
        var query = new List<string>();
        if (mutation && force) query.Add("dry_run=false");
        if (plan is not null) query.Add("plan=" + plan);
        var url = query.Count == 0 ? path : path + (path.Contains('?') ? "&" : "?") + string.Join('&', query);
        using var request = new HttpRequestMessage(new HttpMethod(method), url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key ?? AdminKey);
        if (mutation) request.Headers.Add("Idempotency-Key", idempotencyKey ?? Guid.NewGuid().ToString("N"));
        if (body is not null) request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        return await Send(request);
    }

    /// <summary>Sends any request and reads the envelope.</summary>
    public async Task<Reply> Send(HttpRequestMessage request)
    {
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Reply((int)response.StatusCode, JsonDocument.Parse(text).RootElement);
    }

    public Task<Reply> Get(string path, string? key = null) => Call("GET", path, key: key);

    public Task<Reply> Post(string path, object? body = null, bool force = true) => Call("POST", path, body, force);

    public Task<Reply> Put(string path, object? body = null, bool force = true) => Call("PUT", path, body, force);

    /// <summary>A key of a new member with this role, in a new account when <paramref name="account"/> is null.</summary>
    public async Task<string> NewKey(Role role, string actor = "person", string? account = null)
    {
        var (uid, id) = (App.Ids.New("usr"), App.Ids.New("key"));
        var key = ApiKeys.New(id);
        await App.Store.Write(async db =>
        {
            if (account is null) await db.Execute("insert into account (id, time_zone, created_at) values (@id, 'UTC', 0)", new { id = account = App.Ids.New("acc") });
            await db.Execute("insert into member (uid, account, name, role, created_at) values (@uid, @account, 'Member', @role, 0)", new { uid, account, role });
            return await db.Execute("insert into api_key (id, account, uid, name, hash, actor, created_at) values (@id, @account, @uid, 'key', @hash, @actor, 0)",
                new { id, account, uid, hash = App.Keys.HashApiKey(key), actor });
        });
        return key;
    }

    /// <summary>The first account's id.</summary>
    public async Task<string> Account() => (await App.Store.Read(db => db.One<string>("select id from account order by id limit 1")))!;

    /// <summary>A hash over every row of every table, but for the clock's high-water mark, which is no change.</summary>
    public string Fingerprint()
    {
        using var connection = Connect();
        using var snapshot = connection.BeginTransaction(IsolationLevel.RepeatableRead);
        var tables = connection is SqliteConnection
            ? "select name from sqlite_master where type = 'table' order by name"
            : "select table_name from information_schema.tables where table_schema = 'public' order by table_name";
        var text = new StringBuilder();
        foreach (var table in Rows(connection, tables).Select(r => r[0]))
        {
            text.Append("== ").Append(table).Append('\n');
            if (table == "node") continue; // signs of life are no change either
            var where = table == "meta" ? " where key <> 'clock_high_water'" : "";
            foreach (var row in Rows(connection, $"select * from \"{table}\"{where}").Select(r => string.Join('|', r)).Order(StringComparer.Ordinal)) text.Append(row).Append('\n');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
        if (_keepFolder) return;
        Directory.Delete(Folder, recursive: true);
        if (Directory.Exists(StateOf(Folder))) Directory.Delete(StateOf(Folder), recursive: true);
    }

    /// <summary>A connection past the store.</summary>
    private DbConnection Connect()
    {
        DbConnection connection = App.Options.Database is { } database
            ? new NpgsqlConnection(database + ";Pooling=false")
            : new SqliteConnection($"Data Source={Path.Combine(Folder, "email-tasks.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        return connection;
    }

    private static List<string[]> Rows(DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string[]>();
        while (reader.Read())
        {
            var row = new string[reader.FieldCount];
            for (var i = 0; i < row.Length; i++) row[i] = reader.IsDBNull(i) ? "∅" : reader.GetValue(i) is byte[] blob ? Convert.ToHexString(blob) : reader.GetValue(i).ToString()!;
            rows.Add(row);
        }
        return rows;
    }
}

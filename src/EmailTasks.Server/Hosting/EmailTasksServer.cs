using System.Text;
using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Features;
using EmailTasks.Server.Features.Sending;
using EmailTasks.Server.Http;
using EmailTasks.Server.Inbound;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Postgres;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Storage.Sqlite;
using EmailTasks.Server.Storage.Transfer;
using EmailTasks.Server.Tracking;
using EmailTasks.Server.Wire;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace EmailTasks.Server.Hosting;

/// <summary>A server put together and started: the same for the command line and for tests.</summary>
public sealed class EmailTasksServer : IAsyncDisposable
{
    private readonly WebApplication _web;

    private EmailTasksServer(WebApplication web, App app)
    {
        _web = web;
        App = app;
    }

    /// <summary>Its parts.</summary>
    public App App { get; }

    /// <summary>Where it listens.</summary>
    public string Url => _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Opens the folder, makes what a first start needs, recovers, listens.</summary>
    /// <param name="adjust">Lets tests replace parts.</param>
    public static async Task<EmailTasksServer> Start(ServerOptions options, TimeProvider time, Func<App, App>? adjust = null, bool quiet = false)
    {
        PrivateFile.Folder(options.Data);
        IStore store = await OpenStore(options, time);
        try
        {
            if (await store.Read(db => MetaRows.Get(db, Tables.Importing)) is not null)
                throw new InvalidOperationException("An import into this database did not come to its end. Empty it, and import again.");
            var isNew = await Bootstrap.IsNew(store);
            var keys = new Keyring(Keyring.LoadMaster(options.Data, mayCreate: isNew));
            var ids = new Ids(time);
            if (isNew) await Bootstrap.FirstStart(store, keys, ids, options.Data);
            await Bootstrap.CheckKey(store, keys);
            await Storage.Rows.PersonRows.Fill(store);
            await Features.Content.SameKey.Fill(store);
            await BindSecrets.Run(store, keys);
            var remembers = options.Role == NodeRole.Api ? null : options.State;
            var standstill = new Standstill(store, await TimeTravel.AtStart(store, remembers, ids.New("dbs"), ids.New("node")), time);
            var app = new App(options, store, time, ids, keys, new DeliveryTokens(new TokenKeys(keys, time)), new Signals(time), new PlanMemory(), new MailboxAccess(keys, time, options.Data, options.AllowPrivateHosts) { Names = new NameLookups(options.Dns) }) { Standstill = standstill };
            app.Mailboxes.SecretReplaced = (mailbox, version, secret) => _ = Keep(store, time, mailbox, version, secret);
            app = adjust?.Invoke(app) ?? app;
            var web = Build(app, quiet);
            await web.StartAsync();
            return new EmailTasksServer(web, app);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Runs until it is told to stop.</summary>
    public Task WaitForShutdown() => _web.WaitForShutdownAsync();

    /// <summary>Stops: attempts end, results are written, the folder is let go.</summary>
    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync();
        await _web.DisposeAsync();
        App.Mailboxes.Dispose();
        App.Standstill.Dispose();
        App.Store.Dispose();
    }

    /// <summary>A clock that is not the system's is a test's: on PostgreSQL it then stands for the database's.</summary>
    private static async Task<IStore> OpenStore(ServerOptions options, TimeProvider time) => options.Database is { } database
        ? await PostgresStore.Open(database, TimeProvider.System, time == TimeProvider.System ? null : () => Micros.Of(time.GetUtcNow()))
        : SqliteStore.Open(options.Data, time);

    /// <summary>The new refresh token may be the only one that works: it is written until it is kept.</summary>
    private static async Task Keep(IStore store, TimeProvider time, string mailbox, long version, byte[] secret)
    {
        for (var tries = 0; tries < 60; tries++)
        {
            try
            {
                await store.Write(db => Storage.Rows.MailboxRows.ReplaceSecret(db, mailbox, version, secret));
                return;
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), time);
            }
        }
    }

    private static WebApplication Build(App app, bool quiet)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        if (!quiet) builder.Logging.AddSimpleConsole(o => o.SingleLine = true).AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.WebHost.UseUrls(app.Options.Url);
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = Gate.ServerBodyBytes;
        });
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(45));
        builder.Services.AddSingleton(app);
        builder.Services.AddSingleton<Gate>();
        if (app.Options.Role != NodeRole.Dispatch)
        {
            builder.Services.AddSingleton<HitQueue>();
            builder.Services.AddSingleton<TrackingRoutes>();
            builder.Services.AddHostedService<HitWriter>();
        }
        if (app.Options.Role != NodeRole.Api)
        {
            builder.Services.AddSingleton<Dispatcher>();
            builder.Services.AddHostedService(s => s.GetRequiredService<Dispatcher>());
            builder.Services.AddHostedService<Sweeper>();
            builder.Services.AddHostedService<Scheduler>();
            builder.Services.AddHostedService<InboundService>();
            builder.Services.AddHostedService<Auditor>();
        }
        var web = builder.Build();
        Map(web, app);
        return web;
    }

    private static void Map(WebApplication web, App app)
    {
        var gate = web.Services.GetRequiredService<Gate>();
        web.Use(async (http, next) =>
        {
            // Not a fallback route: it would match every method and turn a 405 into a 404.
            await next(http);
            if (http.Response.StatusCode == StatusCodes.Status405MethodNotAllowed)
                await gate.Refuse(http, Refusals.WrongMethod(http.Request.Method, http.Response.Headers.Allow.ToString()));
            else if (http.GetEndpoint() is null)
                await gate.Refuse(http, Refusals.NoRoute(http.Request.Method, http.Request.Path));
        });
        foreach (var handler in app.Options.Role == NodeRole.Dispatch ? [] : Handlers.All) web.MapMethods(handler.Op.Route, [handler.Op.Method], (RequestDelegate)(http => gate.Serve(http, handler)));
        if (app.Options.Role != NodeRole.Dispatch) web.Services.GetRequiredService<TrackingRoutes>().Map(web);
        web.MapGet("/healthz", () => Results.Text("ok"));
        web.MapGet("/readyz", (RequestDelegate)(http => Ready(http, app)));
        var document = new Lazy<byte[]>(() => Encoding.UTF8.GetBytes(OpenApi.Document().ToJsonString(new JsonSerializerOptions { WriteIndented = true, TypeInfoResolver = WireJson.Readable })));
        web.MapGet("/openapi.json", () => Results.Bytes(document.Value, "application/json"));
    }

    /// <summary>Ready: the database takes a write and dispatch reads its control state.</summary>
    private static async Task Ready(HttpContext http, App app)
    {
        var dispatches = app.Options.Role != NodeRole.Api;
        var view = dispatches ? http.RequestServices.GetRequiredService<Dispatcher>().View : null;
        var held = !dispatches ? null : view is null ? "starting" : view.Held ?? (app.Time.GetElapsedTime(view.ReadAt) > Control.MaxAge ? "the control state is old" : null);
        try
        {
            // A write, and the reason why nothing is dispatched; a node that only answers calls has read no control state.
            if (await app.Store.Write(StandstillRows.Load) is { } pause) held = $"{pause.Detail} Next: {pause.Next}";
        }
        catch (StoreUnavailableException)
        {
            held = "the database takes no writes";
        }
        // How recipients reach this server stands in every mail; doctor wants to know it before.
        if (dispatches && app.Standstill.Memory.Problem is { } forgetful) http.Response.Headers["State-Problem"] = forgetful;
        if (app.Options.PublicUrl is { } known) http.Response.Headers["Public-Url"] = known;
        http.Response.StatusCode = held is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await http.Response.WriteAsync(held ?? "ready");
    }
}

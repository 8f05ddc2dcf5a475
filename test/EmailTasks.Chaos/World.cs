using EmailTasks.Testing;

namespace EmailTasks.Chaos;

/// <summary>A mailbox and what it may do.</summary>
internal sealed record Box(string Id, string Address, int Connections, int? PerMinute, int? PerHour);

/// <summary>Nodes, their database, a mail server, mailboxes: everything real, everything on loopback, everything of this run.</summary>
internal sealed class World : IAsyncDisposable
{
    private World(string name, Seed seed)
    {
        Name = name;
        Seed = seed;
        Faults = new SinkFaults(seed);
        Sink = SmtpSink.Start(Faults.Script, new SinkOptions { KeepMessageId = true });
    }

    public string Name { get; }

    public Seed Seed { get; }

    public SinkFaults Faults { get; }

    public SmtpSink Sink { get; }

    public PostgresCluster? Cluster { get; private init; }

    public required Database Database { get; init; }

    public required IReadOnlyList<Node> Nodes { get; init; }

    public required Api Api { get; init; }

    public IReadOnlyList<Box> Boxes { get; private set; } = [];

    /// <summary>The maildir, below each node's files, that one mailbox reads: answers count for the whole account.</summary>
    public const string Replies = "replies";

    /// <summary>Mails point here, so that opens and clicks are tracked; the nodes are asked by their own addresses.</summary>
    private const string PublicUrl = "http://mail.brand.example";

    public Audience Audience { get; private set; } = null!;

    /// <summary>Mailboxes without limits but their connections.</summary>
    public IEnumerable<Box> Fast => Boxes.Where(b => b.PerMinute is null && b.PerHour is null);

    /// <summary>One node on SQLite.</summary>
    public static async Task<World> Sqlite(Seed seed)
    {
        var folder = Directory.CreateTempSubdirectory("email-tasks-chaos-").FullName;
        var node = new Node("node 1", folder, null, "--public-url", PublicUrl);
        await node.Start();
        return await Furnish(new World("SQLite, 1 node", seed) { Database = Database.Sqlite(folder), Nodes = [node], Api = Person(seed, [node]) }, mailboxes: 6);
    }

    /// <summary>Several nodes on one PostgreSQL, each behind a wire of its own that can be cut.</summary>
    public static async Task<World> Postgres(Seed seed, int count)
    {
        var cluster = await PostgresCluster.Start("fsync=on");
        var direct = await cluster.Create("chaos");
        var nodes = new List<Node>();
        for (var i = 1; i <= count; i++)
        {
            var proxy = new TcpProxy(cluster.Port);
            var folder = Directory.CreateTempSubdirectory("email-tasks-chaos-").FullName;
            if (i > 1) File.Copy(Path.Combine(nodes[0].Folder, "master.key"), Path.Combine(folder, "master.key"));
            nodes.Add(new Node($"node {i}", folder, proxy, "--public-url", PublicUrl, "--database", $"Host=127.0.0.1;Port={proxy.Port};Username=postgres;Database=chaos"));
            await nodes[^1].Start();
        }
        return await Furnish(new World($"PostgreSQL, {count} nodes", seed) { Cluster = cluster, Database = Database.Postgres(direct), Nodes = nodes, Api = Person(seed, nodes) }, mailboxes: 16);
    }

    /// <summary>A draft that only waits for its send.</summary>
    public async Task<string> Draft(Box box, string name, IEnumerable<string> addresses)
    {
        var task = (await Api.Must("POST", "/v1/email-tasks", new { name })).Data.GetProperty("task_id").GetString()!;
        foreach (var part in addresses.Chunk(10_000))
            await Api.Must("POST", $"/v1/email-tasks/{task}/recipients", new { recipients = part.Select(a => new { email_address = a, name = "Creator" }) });
        await Api.Must("PUT", $"/v1/email-tasks/{task}/content", new { subject = "Hello {{ name }}", html_body = $"<p>Hi {{{{ name }}}}, this is {name}.</p><p><a href=\"https://shop.example/a\">a</a> <a href=\"https://shop.example/b\">b</a> <a href=\"https://shop.example/c\">c</a></p><p><a href=\"{{{{ unsubscribe_url }}}}\">stop</a></p>" });
        await Api.Must("PUT", $"/v1/email-tasks/{task}/sender", new { sender_id = box.Id });
        return task;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes) await node.DisposeAsync();
        Api.Dispose();
        Audience.Dispose();
        await Sink.DisposeAsync();
        if (Cluster is not null) await Cluster.Stop();
        foreach (var node in Nodes) Directory.Delete(node.Folder, recursive: true);
    }

    private static Api Person(Seed seed, IReadOnlyList<Node> nodes) =>
        new(nodes, File.ReadAllText(Path.Combine(nodes[0].Folder, "admin.key")).Trim(), seed.For("which node"));

    private static async Task<World> Furnish(World world, int mailboxes)
    {
        var wanted = Enumerable.Range(1, mailboxes).Select(i => new Box("", $"fast{i}@brand.example", 8, null, null)).ToList();
        wanted.Add(new Box("", "minute@brand.example", 4, 60, null));
        wanted.Add(new Box("", "hour@brand.example", 3, null, 150));
        var boxes = new List<Box>();
        foreach (var box in wanted)
        {
            var made = await world.Api.Must("POST", "/v1/mailboxes?skip_check=true", new
            {
                kind = "enterprise", address = box.Address, display_name = "Mia", smtp = new { host = "127.0.0.1", port = world.Sink.Port, security = "none" },
                inbound = boxes.Count > 0 ? null : new { kind = "maildir", path = Replies },
                limits = new { connections = box.Connections, per_minute = box.PerMinute, per_hour = box.PerHour },
            });
            boxes.Add(box with { Id = made.Data.GetProperty("sender_id").GetString()! });
        }
        world.Boxes = boxes;
        world.Audience = new Audience(world, (await world.Api.Must("GET", "/v1/account")).Data.GetProperty("account_id").GetString()!);
        return world;
    }
}

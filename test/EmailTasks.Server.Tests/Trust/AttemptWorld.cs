using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;

namespace EmailTasks.Server.Tests.Trust;

/// <summary>
/// An account of its own for one attempt. What stands in it is made by being named: <c>{paused_by_person}</c>. While it is made
/// nothing leaves; then <see cref="LetGo"/> lets the mailboxes work, so that whatever is not held does leave.
/// </summary>
internal sealed partial class AttemptWorld(TestServer server, int port, int number)
{
    private const string Never = "9000000000000000";

    /// <summary>What the mail server does to people of such things stands before their addresses.</summary>
    private static readonly (string In, string Prefix)[] Prefixes = [("bad_", "bad."), ("bounced", "bad."), ("slow_", "slow."), ("guarded", "huge.")];

    private readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _saved = new(StringComparer.Ordinal);
    private readonly List<string> _held = [];

    public TestServer Server { get; } = server;

    public AttemptKeys Keys { get; } = new(server, $"a{number}");

    /// <summary>What every address of this attempt holds, so that its mails are told from others' in the sink.</summary>
    public string Token { get; } = $".a{number}x";

    /// <summary>An address of a thing's people: the second one's for <c>2</c>, a twin of it for <c>2+x</c>.</summary>
    public string Address(string thing, string person)
    {
        var (number, tag) = person.IndexOf('+', StringComparison.Ordinal) is var plus and >= 0 ? (person[..plus], person[plus..]) : (person, "");
        var prefix = Prefixes.FirstOrDefault(p => thing.Contains(p.In, StringComparison.Ordinal)).Prefix;
        return $"{prefix}p{number}.{thing.Replace('#', '-').Replace('_', '-')}{Token}{tag}@{(thing.Contains("foreign_", StringComparison.Ordinal) ? "else" : "creators")}.example";
    }

    /// <summary>What was made under a name.</summary>
    public string this[string name] => _names[name];

    public void Save(string name, string value) => _saved[name] = value;

    /// <summary>Makes everything an attempt names, in the order it is named.</summary>
    public async Task Make(Attempt attempt)
    {
        await Keys.Begin();
        foreach (var call in attempt.Given.Concat(attempt.Lines.OfType<Call>())) await Keys.Make(call.Key, BoundedMailboxes);
        foreach (var line in attempt.Given.Concat(attempt.Lines))
        {
            foreach (Match m in Placeholder().Matches(line.Text))
            {
                var (name, no) = (m.Groups["name"].Value, m.Groups["no"].Value);
                if (no == "#*") await Many(name, ((Call)line).AtOnce);
                else if (name is "key" or "keyid") await Keys.Make(m.Groups["part"].Value[1..], BoundedMailboxes);
                else if (name is "uid" or "member") await Keys.Member(m.Groups["part"].Value[1..]);
                else await Thing(name + no);
            }
        }
    }

    /// <summary>The first one makes what all of them need.</summary>
    private async Task Many(string name, int count)
    {
        await Thing($"{name}#1");
        await Parallel.ForEachAsync(Enumerable.Range(2, count - 1), new ParallelOptions { MaxDegreeOfParallelism = 10 }, async (i, _) => await Thing($"{name}#{i}"));
    }

    /// <summary>From now on the mailboxes send what may leave.</summary>
    public async Task LetGo()
    {
        foreach (var mailbox in _held) await Server.App.Store.Write(db => db.Execute("update mailbox set lease_owner = null, expires_at = 0 where id = @mailbox", new { mailbox }));
    }

    /// <summary>What nobody asks about any more is no work for the dispatcher, so that six hundred worlds don't slow one another.</summary>
    /// <param name="all">Everything; else what stands still for ever.</param>
    public async Task Rest(bool all) => await Server.App.Store.Write(db => db.Execute(
        "update task set status = 3 where account = @account and status = 2 and (@all = 1 or mailbox = @stuck)",
        new { account = Keys.Account, all = all ? 1 : 0, stuck = _names.GetValueOrDefault("stuck", "") }));

    /// <summary>Puts names and saved values into words.</summary>
    /// <param name="copy">Which of the calls at the same moment this is.</param>
    public string Fill(string text, int copy = 0) => Saved().Replace(Placeholder().Replace(text, m => Value(m, copy)), m =>
    {
        var value = _saved.TryGetValue(m.Groups["name"].Value, out var known) ? known : throw new FormatException($"Nothing was saved as {m.Groups["name"].Value}.");
        return m.Groups["cut"].Value switch { "" => value, "upper" => value.ToUpperInvariant(), var length => value[..int.Parse(length)] };
    });

    /// <summary>A call that makes the world, by a key's name.</summary>
    public async Task<Reply> Do(string key, string method, string path, object? body = null, string? plan = null) => (await Server.Call(method, path, body, key: Keys.Text(key), plan: plan)).Ok();

    private string Value(Match m, int copy)
    {
        var (name, part) = (m.Groups["name"].Value, m.Groups["part"].Value);
        var thing = name + (m.Groups["no"].Value == "#*" ? $"#{copy}" : m.Groups["no"].Value);
        return (name, part) switch
        {
            ("key", _) => Keys.Text(part[1..])!,
            ("keyid", _) => Keys.Id(part[1..]),
            ("uid", _) => Keys.Uid(part[1..]),
            ("member", _) => Keys.Address(part[1..]),
            ("folder", _) => Server.Folder,
            ("server", _) => Server.Server.Url,
            (_, ['@', ..]) => Address(thing, part[1..]),
            (_, ['!', ..]) => _names[$"{thing}!{part[1..]}"],
            _ => _names[thing],
        };
    }

    /// <summary>Makes what has that name, unless it is there.</summary>
    private async Task Thing(string name)
    {
        if (_names.ContainsKey(name)) return;
        var word = name.Split('#')[0];
        _names[name] = word switch
        {
            "key" or "keyid" or "uid" or "member" or "folder" or "server" => "",
            "new" => $"n{number}x{_names.Count}",
            "copy" => "",
            "tomorrow" => Worlds.Ahead(TimeSpan.FromDays(1)),
            "in_an_hour" => Worlds.Ahead(TimeSpan.FromHours(1)),
            "in_two_days" => Worlds.Ahead(TimeSpan.FromDays(2)),
            "unknown_task" => "tsk_00000000000000000000000000",
            "mailbox" or "other_mailbox" => await Mailbox(name, held: true, letGo: true),
            "stuck" => await Mailbox(name, held: true, letGo: false),
            "live" => await Mailbox(name, held: false, letGo: false),
            "template" or "template_by_agent" => (await Do(await Maker(word), "POST", "/v1/email-templates", new { name = $"Words {name}", language = "en", subject = "Hi {{ name }}", text_body = "We liked your video." })).Text("template_id"),
            "product" or "product_by_agent" => (await Do(await Maker(word), "POST", "/v1/products", new { title = $"Shoe {name}", link = "https://shop.example/shoe" })).Text("product_collect_id"),
            "creator" or "creator_by_agent" => await Creator(name, await Maker(word)),
            "reply" => await Reply(),
            _ => await new AttemptTasks(this).Make(name),
        };
    }

    /// <summary>Who made something: an agent where its name says so.</summary>
    public async Task<string> Maker(string word)
    {
        var key = word.EndsWith("_by_agent", StringComparison.Ordinal) ? "agent_send" : "person_operator";
        await Keys.Make(key, BoundedMailboxes);
        return key;
    }

    /// <summary>The id of a thing, made now if need be.</summary>
    public async Task<string> Need(string name)
    {
        await Thing(name);
        return _names[name];
    }

    public void Name(string name, string value) => _names[name] = value;

    /// <summary>The mailboxes a bounded key may use.</summary>
    public async Task<string[]> BoundedMailboxes() => [await Need("mailbox"), await Need("stuck"), await Need("live")];

    private async Task<string> Mailbox(string name, bool held, bool letGo)
    {
        var id = (await Do("person_admin", "POST", "/v1/mailboxes?skip_check=true", new
        {
            kind = "enterprise", address = $"{name.Replace('_', '-').Replace('#', '-')}.a{number}@brand.example", smtp = new { host = "127.0.0.1", port, security = "none" }, limits = new { connections = 2 },
        })).Text("sender_id");
        if (held) await Server.App.Store.Write(db => db.Execute($"update mailbox set lease_owner = 'elsewhere', expires_at = {Never} where id = @id", new { id }));
        if (letGo) _held.Add(id);
        return id;
    }

    private async Task<string> Creator(string name, string key)
    {
        var id = $"cr_{name}";
        await Do(key, "POST", "/v1/creators", new { creators = new[] { new { creator_id = id, name = "Ana", platform = "youtube", channel_id = $"UC{name}", email_addresses = new[] { Address(name, "1") } } } });
        return id;
    }

    /// <summary>An answer to <c>{sent}</c> that asks to stop, as reading a mailbox would have left it.</summary>
    private async Task<string> Reply()
    {
        var (task, id) = (await Need("sent"), Server.App.Ids.New("msg"));
        var row = (await Server.App.Store.Read(db => TaskRows.LoadAny(db, task)))!;
        await Server.App.Store.Write(async db =>
        {
            await MessageRows.Insert(db, new MessageRow
            {
                Id = id, Account = row.Account, Mailbox = row.Mailbox!, Folder = "INBOX", Uid = "1", Hash = id, Kind = "reply", Strength = "reference", Task = row.Id, SetId = row.SetId, Seq = 1,
                At = db.Now, FromAddress = Address("sent", "1"), Subject = "Re: Hi", Size = 24, CreatedAt = db.Now,
            });
            return await MessageRows.InsertRaw(db, id, EmailTasks.Server.Inbound.Arrival.Pack("\r\nplease take me off"u8.ToArray()));
        });
        return id;
    }

    [GeneratedRegex(@"\{(?<name>[a-z][a-z_]*)(?<no>#([0-9]+|\*))?(?<part>[@!:][A-Za-z0-9_+]+)?\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\{(?<name>[A-Z][A-Z0-9_]*)(:(?<cut>[a-z0-9]+))?\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Saved();
}

using EmailTasks.Contracts;
using EmailTasks.Testing;

namespace EmailTasks.Server.Tests.Trust;

/// <summary>Who a key is, by name: actor, the member it acts for, scopes, bounds.</summary>
/// <param name="Member">A role's word, or a member of that name who is an operator.</param>
internal sealed record KeySpec(string Actor, string Member, string[]? Scopes = null, bool Bounded = false, int? Day = null)
{
    private static readonly string[] All = [ScopeWords.Read, ScopeWords.Write, ScopeWords.Send];

    /// <summary>The named keys; agents act for the same operator as <c>person_operator</c> unless told.</summary>
    public static readonly Dictionary<string, KeySpec> Named = new(StringComparer.Ordinal)
    {
        ["person_viewer"] = new("person", "viewer"),
        ["person_operator"] = new("person", "operator"),
        ["person_colleague"] = new("person", "colleague"),
        ["person_approver"] = new("person", "approver"),
        ["person_write"] = new("person", "operator", [ScopeWords.Read, ScopeWords.Write]),
        ["person_bounded"] = new("person", "operator", Bounded: true),
        ["approver_bounded"] = new("person", "approver", Bounded: true),
        ["person_leaver"] = new("person", "leaver"),
        ["person_doomed"] = new("person", "operator"),
        ["agent_read"] = new("agent", "operator", [ScopeWords.Read]),
        ["agent_write"] = new("agent", "operator", [ScopeWords.Read, ScopeWords.Write]),
        ["agent_only_send"] = new("agent", "operator", [ScopeWords.Read, ScopeWords.Send]),
        ["agent_send"] = new("agent", "operator", All),
        ["agent_other"] = new("agent", "operator", All),
        ["agent_of_colleague"] = new("agent", "colleague", All),
        ["agent_bounded"] = new("agent", "operator", All, Bounded: true),
        ["agent_day"] = new("agent", "operator", All, Day: 3),
        ["agent_manage"] = new("agent", "operator", [.. All, ScopeWords.Manage]),
        ["agent_viewer"] = new("agent", "viewer"),
        ["agent_approver"] = new("agent", "approver"),
        ["agent_admin"] = new("agent", "admin"),
        ["agent_doomed"] = new("agent", "operator", All),
        ["agent_leaver"] = new("agent", "leaver", All),
        ["agent_expired"] = new("agent", "operator", All),
        ["agent_revoked"] = new("agent", "operator", All),
        ["agent_removed"] = new("agent", "gone", All),
    };
}

/// <summary>The keys of one attempt's account, made when first named.</summary>
internal sealed class AttemptKeys(TestServer server, string token)
{
    private readonly Dictionary<string, (string Key, string Id)> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _members = new(StringComparer.Ordinal);

    /// <summary>The account, once <see cref="Begin"/> is done.</summary>
    public string Account { get; private set; } = "";

    /// <summary>Key texts that no answer may hold.</summary>
    public IEnumerable<string> Texts => _keys.Values.Select(k => k.Key);

    public async Task Begin()
    {
        var key = await server.NewKey(Role.Admin);
        _keys["person_admin"] = (key, IdOf(key));
        (Account, _members["admin"]) = await server.App.Store.Read(db => db.One<(string, string)>("select account, uid from api_key where id = @id", new { id = IdOf(key) }));
    }

    /// <summary>Whether answers to this key must name no way to a wider one.</summary>
    public static bool IsAgentOrNobody(string name) => name is "none" or "wrong" || name.StartsWith("agent", StringComparison.Ordinal);

    /// <summary>The key's text; null for <c>none</c>.</summary>
    public string? Text(string name) => name switch
    {
        "none" => null,
        "wrong" => "key_00000000000000000000000000_" + new string('0', 43),
        _ => _keys[name].Key,
    };

    public string Id(string name) => _keys[name].Id;

    public string Uid(string member) => _members[member];

    /// <summary>A member's own address.</summary>
    public string Address(string member) => $"{member}.{token}@brand.example";

    /// <summary>Makes the key of that name, if there is one and it is not made yet.</summary>
    /// <param name="mailboxes">The mailboxes of a bounded key.</param>
    public async Task Make(string name, Func<Task<string[]>> mailboxes)
    {
        if (name is "none" or "wrong" or "world" || _keys.ContainsKey(name)) return;
        if (name == "other_account")
        {
            var key = await server.NewKey(Role.Admin);
            _keys[name] = (key, IdOf(key));
            return;
        }
        if (!KeySpec.Named.TryGetValue(name, out var spec)) throw new FormatException($"There is no key {name}.");
        await Member(spec.Member);
        var body = new Dictionary<string, object?> { ["uid"] = _members[spec.Member], ["name"] = name, ["actor"] = spec.Actor };
        if (spec.Scopes is not null) body["scopes"] = spec.Scopes;
        if (spec.Bounded) body["bounds"] = new { recipients_per_task = 5, recipients_per_day = 6, sender_ids = await mailboxes(), domains = new[] { "creators.example" } };
        if (spec.Day is { } day) body["bounds"] = new { recipients_per_day = day };
        var made = (await server.Call("POST", "/v1/keys", body, key: Text("person_admin"))).Ok();
        _keys[name] = (made.Text("key"), made.Text("key_id"));
        if (name == "agent_expired") await Expire(name);
        if (name == "agent_revoked") (await server.Call("POST", $"/v1/keys/{Id(name)}/revoke", key: Text("person_admin"))).Ok();
        if (name == "agent_removed") (await server.Call("DELETE", $"/v1/team/{Uid("gone")}", key: Text("person_admin"))).Ok();
    }

    /// <summary>A key's time is over.</summary>
    public Task Expire(string name) => server.App.Store.Write(db => db.Execute("update api_key set expires_at = 1 where id = @id", new { id = Id(name) }));

    /// <summary>A member of that name, an operator unless the name is a role.</summary>
    public async Task Member(string name)
    {
        if (_members.ContainsKey(name)) return;
        var role = name is "viewer" or "approver" ? name : "operator";
        _members[name] = (await server.Call("POST", "/v1/team", new { name, email = Address(name), role }, key: Text("person_admin"))).Ok().Text("uid");
    }

    private static string IdOf(string key) => "key_" + key.Split('_')[1];
}

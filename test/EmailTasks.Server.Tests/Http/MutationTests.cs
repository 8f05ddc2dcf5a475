using System.Text.Json;
using System.Text.RegularExpressions;
using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>Every mutation of the catalogue: a dry run changes nothing and tells what the forced call then does; a refusal is the same in both.</summary>
public sealed partial class MutationTests(SharedWorld shared) : IClassFixture<SharedWorld>
{
    private static readonly string[] IdPrefixes = ["tsk_", "rcp_", "mbx_", "prd_", "epr_", "tpl_", "usr_", "key_", "nox_"];

    public static TheoryData<StoreKind, string> Mutations
    {
        get
        {
            var data = new TheoryData<StoreKind, string>();
            foreach (var store in Enum.GetValues<StoreKind>())
            {
                foreach (var op in Catalogue.All.Where(o => o.IsMutation)) data.Add(store, op.Command);
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Mutations))]
    public async Task A_dry_run_changes_nothing_and_shows_what_the_forced_call_does(StoreKind store, string command)
    {
        Assert.True(MutationCases.All.TryGetValue(command, out var c), $"{command} has no case in MutationCases.");
        var world = await shared.Of(store);
        await world.Fresh();
        await world.Before(c.Op);
        await world.Quiet();
        var before = world.Server.Fingerprint();
        var dry = (await world.Call(c.Op, c.Path, c.Body, force: false)).Ok();
        Assert.Equal(before, world.Server.Fingerprint());
        Dry(dry, world, c);

        var forced = (await world.Call(c.Op, c.Path, c.Body, force: true)).Ok();
        Assert.True(forced.Json.GetProperty("applied").GetBoolean());
        Assert.False(forced.Json.GetProperty("meta").GetProperty("dry_run").GetBoolean());
        Assert.NotEqual(before, world.Server.Fingerprint());
        if (c.Op.DryRunOutput is null) Agree(dry.Data, forced.Data, "data");
        else Assert.Equal(dry.Text("plan_digest"), forced.Text("plan_digest"));
        if (forced.Data.TryGetProperty("changed", out var changed)) Assert.True(changed.GetBoolean());
        if (c.Again) await NothingMore(world, c);
    }

    [Theory, MemberData(nameof(Mutations))]
    public async Task A_refusal_is_the_same_dry_and_forced_and_changes_nothing(StoreKind store, string command)
    {
        var world = await shared.Of(store);
        await world.Quiet();
        Assert.NotEmpty(MutationCases.All[command].Refused);
        var before = world.Server.Fingerprint();
        foreach (var refused in MutationCases.All[command].Refused)
        {
            var (dry, forced) = (await Ask(world, command, refused, force: false), await Ask(world, command, refused, force: true));
            Assert.True(refused.Code == forced.ErrorCode, $"{refused.Path} {refused.Body}: {forced.Json}");
            Assert.Equal(ErrorCodes.Row(refused.Code).Http, forced.Status);
            Assert.Equal((dry.Status, dry.ErrorCode, dry.Summary), (forced.Status, forced.ErrorCode, forced.Summary));
            Assert.Equal(dry.Errors.GetRawText(), forced.Errors.GetRawText());
            Assert.NotEmpty(forced.Errors.EnumerateArray());
            Assert.False(forced.Json.GetProperty("applied").GetBoolean());
            Assert.Equal(before, world.Server.Fingerprint());
        }
    }

    private static Task<Reply> Ask(GateWorld world, string command, RefusedCase refused, bool force) =>
        world.Call(MutationCases.All[command].Op, refused.Path, refused.Body, force);

    private static void Dry(Reply dry, GateWorld world, MutationCase c)
    {
        Assert.False(dry.Json.GetProperty("applied").GetBoolean());
        Assert.True(dry.Json.GetProperty("meta").GetProperty("dry_run").GetBoolean());
        Conditional(dry.Summary);
        var next = dry.Json.GetProperty("next").GetProperty("command").GetString()!;
        var ids = c.Op.PathMembers.Select(m => world.Fill(c.Path.Split('?')[0]).Split('/')[c.Op.Route.Split('/').ToList().IndexOf('{' + m.Name + '}')]);
        Assert.StartsWith(string.Join(' ', ["noxinfluencer", c.Op.Command, .. ids]), next);
        Assert.EndsWith(" --force", next);
        if (c.Path.Contains("skip_check", StringComparison.Ordinal)) Assert.Contains(" --skip-check", next);
    }

    /// <summary>A dry run tells what would be; it claims nothing.</summary>
    private static void Conditional(string summary)
    {
        if (summary.StartsWith("NOT STOPPED: ", StringComparison.Ordinal)) return;
        const string opening = "Dry run, nothing changed. ";
        Assert.StartsWith(opening, summary);
        Assert.Contains("would", summary[opening.Length..]);
        Assert.DoesNotMatch(Claim(), summary[opening.Length..]);
    }

    /// <summary>Said twice, it finds everything as asked: no version is raised, no audit row written.</summary>
    private static async Task NothingMore(GateWorld world, MutationCase c)
    {
        var version = await Audited(world);
        var again = (await world.Call(c.Op, c.Path, c.Body, force: true)).Ok();
        Assert.False(again.Data.GetProperty("changed").GetBoolean());
        Assert.Equal(version, await Audited(world));
    }

    private static Task<(long, long)> Audited(GateWorld world) => world.Server.App.Store.Read(async db =>
        (await db.One<long>("select count(*) from audit"), await db.One<long>("select (select sum(version) from task) + (select sum(version) from mailbox) + (select sum(version) from product)")));

    /// <summary>Equal but for instants, and for ids that only the forced call made.</summary>
    private static void Agree(JsonElement dry, JsonElement forced, string path)
    {
        var last = path[(path.LastIndexOf('.') + 1)..];
        if (last.EndsWith("_at", StringComparison.Ordinal) || last is "since" or "at") return;
        if (dry.ValueKind == JsonValueKind.Null && forced.ValueKind == JsonValueKind.String)
        {
            Assert.Contains(IdPrefixes, p => forced.GetString()!.StartsWith(p, StringComparison.Ordinal));
            return;
        }
        Assert.True(dry.ValueKind == forced.ValueKind, $"{path}: {dry} and {forced}");
        if (dry.ValueKind == JsonValueKind.Object)
        {
            Assert.Equal(dry.EnumerateObject().Select(m => m.Name), forced.EnumerateObject().Select(m => m.Name));
            foreach (var member in dry.EnumerateObject()) Agree(member.Value, forced.GetProperty(member.Name), $"{path}.{member.Name}");
        }
        else if (dry.ValueKind == JsonValueKind.Array)
        {
            Assert.Equal(dry.GetArrayLength(), forced.GetArrayLength());
            foreach (var (a, b) in dry.EnumerateArray().Zip(forced.EnumerateArray())) Agree(a, b, path + "[]");
        }
        else
        {
            Assert.True(dry.GetRawText() == forced.GetRawText(), $"{path}: {dry} and {forced}");
        }
    }

    // The past, the perfect, and a participle without "would be" before it.
    [GeneratedRegex(@"\b(was|were|(?<!would )has|(?<!would |may )have|had)\b|(?<!would be |would have been |would be \w+ and )\b(added|cancelled|changed|connected|copied|created|deleted|disconnected|imported|made|paused|removed|replaced|resolved|resumed|revoked|saved|scheduled|started|stopped|taken|updated|written)\b")]
    private static partial Regex Claim();
}

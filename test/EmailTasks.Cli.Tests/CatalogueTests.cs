using System.Text;
using System.Text.Json;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Tests;

/// <summary>What is true of every command, because the command tree is made from the catalogue.</summary>
public sealed class CatalogueTests
{
    public static TheoryData<string> Commands => [.. Catalogue.All.SelectMany(o => o.Aliases.Prepend(o.Command))];

    public static TheoryData<string> LocalCommands => ["email recipients import-file", "schema", "agent exit-codes", "env", "doctor", "auth", "auth status", "auth logout", "completion", "serve", "data export", "data import", "data unseal"];

    [Theory, MemberData(nameof(Commands)), MemberData(nameof(LocalCommands))]
    public void Every_command_has_help(string command)
    {
        using var cli = new Cli();
        var ran = cli.Run([.. command.Split(' '), "--help"]);
        Assert.Equal(0, ran.Exit);
        Assert.Contains("Usage: noxinfluencer " + command, ran.Out);
        Assert.Contains("--idempotency-key", ran.Out);
        Assert.Equal("", ran.Err);
        Assert.True(cli.Run([.. command.Split(' '), "--help", "--json"]).Json.GetProperty("success").GetBoolean());
    }

    [Theory, MemberData(nameof(Commands)), MemberData(nameof(LocalCommands))]
    public void Every_command_has_a_schema_by_each_spelling(string command)
    {
        using var cli = new Cli();
        var whole = cli.Run("schema", command);
        Assert.Equal(0, whole.Exit);
        Assert.Equal(whole.Out, cli.Run("schema", command.Replace(' ', '.')).Out);
        Assert.Equal(whole.Out, cli.Run([.. "schema".Split(' '), .. command.Split(' ')]).Out);
        var data = whole.Json.GetProperty("data");
        Assert.True(Encoding.UTF8.GetByteCount(whole.Out) <= 4096, $"{command}: {whole.Out.Length} characters");
        foreach (var member in "command summary arguments options mutation effect role supports_body_file body_schema response_schema example_body".Split(' '))
            Assert.True(data.TryGetProperty(member, out _), member);
        foreach (var argument in data.GetProperty("arguments").EnumerateArray())
            Assert.True(argument.TryGetProperty("name", out _) && argument.TryGetProperty("required", out _) && argument.TryGetProperty("variadic", out _));
        foreach (var option in data.GetProperty("options").EnumerateArray())
            Assert.True(option.GetProperty("flag").GetString()!.StartsWith("--") && option.GetProperty("description").GetString()!.Length > 3 && option.TryGetProperty("required", out _));
    }

    [Fact]
    public void Every_example_body_is_valid_and_goes_through_as_it_is()
    {
        using var server = new FakeServer(Canned.Ok());
        using var cli = Cli.For(server);
        foreach (var op in Catalogue.All.Where(o => o.HasBody))
        {
            var example = cli.Run("schema", op.Command).Json.GetProperty("data").GetProperty("example_body").GetRawText();
            Assert.Empty(BodyCheck.Problems(Encoding.UTF8.GetBytes(example), op.InputShape, m => m.Wire.In == WireIn.Body));
            var ran = cli.Run([.. op.Command.Split(' '), .. Ids(op), "--body-file", cli.File("body.json", example), "--force"]);
            Assert.Equal(0, ran.Exit);
            Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(example).RootElement, JsonDocument.Parse(server.Requests.Last().Body).RootElement), op.Command);
        }
    }

    [Fact]
    public void Every_command_makes_its_request_and_is_a_dry_run_until_forced()
    {
        using var server = new FakeServer(Canned.Ok());
        using var cli = Cli.For(server);
        foreach (var op in Catalogue.All)
        {
            string[] line = [.. op.Command.Split(' '), .. Ids(op), .. op.HasBody ? new[] { "--body-file", cli.File("body.json", op.Example!) } : []];
            foreach (var (extra, forced) in new[] { ("--json", false), ("--force", true), ("--force --dry-run", false), ("--dry_run --force", false) })
            {
                Assert.Equal(0, cli.Run([.. line, .. extra.Split(' ')]).Exit);
                var seen = server.Requests.Last();
                Assert.Equal(op.Method, seen.Method);
                var route = op.Route;
                foreach (var (member, id) in op.PathMembers.Zip(Ids(op))) route = route.Replace($"{{{member.Name}}}", id);
                Assert.Equal(route + (forced && op.IsMutation ? "?dry_run=false" : ""), seen.Target);
                Assert.Equal("Bearer " + Cli.Key, seen.Headers["Authorization"]);
                Assert.StartsWith("noxinfluencer/", seen.Headers["User-Agent"]);
                Assert.Equal(op.Method != "GET", seen.Headers.ContainsKey("Idempotency-Key"));
            }
        }
        var keys = server.Requests.Where(r => r.Method != "GET").Select(r => r.Headers["Idempotency-Key"]).ToList();
        Assert.Equal(keys.Count, keys.Distinct().Count());
    }

    /// <summary>A value an option takes.</summary>
    private static string Sample(ShapeMember member) => member.Shape.Kind switch
    {
        ShapeKind.Integer => "7",
        ShapeKind.Boolean => "true",
        _ when member.Wire.Format == WireFormat.Days => "30d",
        _ => member.Wire.Id is { } id ? id + "_1" : member.Wire is { Csv: false, Values: [var word, ..] } ? word : "x y",
    };

    [Fact]
    public void Every_option_is_taken_in_kebab_and_snake_case()
    {
        using var server = new FakeServer(Canned.Ok());
        using var cli = Cli.For(server);
        foreach (var op in Catalogue.All)
        {
            foreach (var member in op.QueryMembers.Where(m => m.Name.Contains('_')))
            {
                var value = Sample(member);
                string[] others = [.. op.QueryMembers.Where(m => m.Required && m.Name != member.Name).SelectMany(m => new[] { "--" + m.Name, Sample(m) })];
                foreach (var flag in new[] { "--" + member.Name, "--" + member.Name.Replace('_', '-') })
                {
                    string[] body = op.HasBody ? ["--body-file", cli.File("body.json", op.Example!)] : [];
                    string[] option = member.Shape.Kind == ShapeKind.Boolean ? [flag] : [flag, value];
                    Assert.Equal(0, cli.Run([.. op.Command.Split(' '), .. Ids(op), .. body, .. others, .. option]).Exit);
                    Assert.Contains($"{member.Name}={Uri.EscapeDataString(value)}", server.Requests.Last().Target.Split('?', '&'));
                }
            }
        }
    }

    [Fact]
    public void The_documented_lines_run_as_they_are_written()
    {
        using var server = new FakeServer(Canned.Ok());
        using var cli = Cli.For(server);
        foreach (var name in new[] { "email-task", "recipients", "content", "sender", "email-products", "schedule" }) cli.File(name + ".json", "{}");
        string[] lines =
        [
            "schema|email create", "schema|email recipients add", "schema|email content save", "schema|email products replace",
            "email|list|--keyword|shoes|--page_size|10", "email|drafts|--page_size|10", "email|get|tsk_1", "email|recipients|list|tsk_1",
            "email|create|--body-file|email-task.json|--force", "email|recipients|add|tsk_1|--body-file|recipients.json|--force",
            "email|content|save|tsk_1|--body-file|content.json|--force", "email|sender|update|tsk_1|--body-file|sender.json|--force",
            "email|send|tsk_1|--force", "email|schedule|tsk_1|--body-file|schedule.json|--force", "email|cancel|tsk_1|--force", "email|report|tsk_1", "email|products|list|tsk_1",
            "email|products|replace|tsk_1|--body-file|email-products.json|--force", "email|products|delete|tsk_1|epr_1|--force",
        ];
        Assert.All(lines, line => Assert.Equal(0, cli.Run(line.Split('|')).Exit));
    }

    [Fact]
    public void The_exit_code_table_is_the_one_in_the_contracts()
    {
        using var cli = new Cli();
        var rows = cli.Run("agent", "exit-codes").Json.GetProperty("data").GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(ErrorCodes.All.Count + 1, rows.Count);
        Assert.Equal(ErrorCodes.All.Select(r => r.Exit).Prepend(0), rows.Select(r => r.GetProperty("exit_code").GetInt32()));
    }

    [Fact]
    public void Schema_all_lists_every_command()
    {
        using var cli = new Cli();
        var items = cli.Run("schema", "--all").Json.GetProperty("data").GetProperty("items");
        Assert.Equal(Catalogue.All.Count + LocalCommands.Count, items.GetArrayLength());
    }

    internal static string[] Ids(Op op) => [.. op.PathMembers.Select(m => m.Wire.Id + "_1")];
}

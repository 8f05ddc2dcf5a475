using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Tests;

/// <summary>Files of rows become calls; what stands in which file and what comes of it is in <c>test/data/csv</c>.</summary>
public sealed class ImportFileTests
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string Data = Repository.At("test/data/csv");

    public static TheoryData<string> Files => [.. Directory.GetFiles(Data).Where(f => !f.EndsWith(".json", StringComparison.Ordinal)).Select(f => Path.GetFileName(f)).Order()];

    [Theory, MemberData(nameof(Files))]
    public void A_file_answers_as_its_expectation_says(string name)
    {
        using var server = Imports.Server();
        using var cli = Cli.For(server);
        File.Copy(Path.Combine(Data, name), Path.Combine(cli.Folder, name));
        var ran = cli.Run("email", "recipients", "import-file", "tsk_1", "--file", name);
        var found = Told(ran).ToJsonString(Readable) + "\n";
        var expectation = Path.Combine(Data, name + ".json");
        // To take new answers over, after having read them: NOXINFLUENCER_EXPECT=write.
        if (Environment.GetEnvironmentVariable("NOXINFLUENCER_EXPECT") == "write") File.WriteAllText(expectation, found);
        Assert.Equal(File.ReadAllText(expectation), found);
    }

    [Fact]
    public void There_are_enough_files() => Assert.InRange(Files.Count, 60, 200);

    [Fact]
    public void A_hundred_thousand_rows_are_ten_calls_and_a_repeat_uses_the_same_keys()
    {
        using var server = Imports.Server();
        using var cli = Cli.For(server);
        var text = new StringBuilder("email,name\n");
        for (var i = 0; i < 100_000; i++) text.Append($"p{i}@creators.example,P {i}\n");
        var path = cli.File("many.csv", text.ToString());
        string[] line = ["email", "recipients", "import-file", "tsk_1", "--file", path, "--force", "--idempotency-key", "import-2026-11"];
        var ran = cli.Run(line);
        Assert.Equal(0, ran.Exit);
        Assert.Equal(100_000, ran.Json.GetProperty("data").GetProperty("added").GetInt32());
        Assert.Equal("import-2026-11", ran.Json.GetProperty("meta").GetProperty("idempotency_key").GetString());
        Assert.Equal(10, server.Requests.Count);
        Assert.All(server.Requests, r => Assert.Equal((10_000, "/v1/email-tasks/tsk_1/recipients?dry_run=false&full=true"), (Imports.Rows(r), r.Target)));
        var keys = server.Requests.Select(r => r.Headers["Idempotency-Key"]).ToList();
        Assert.Equal(10, keys.Distinct().Count());
        cli.Run(line);
        Assert.Equal(keys, server.Requests.Skip(10).Select(r => r.Headers["Idempotency-Key"]));
    }

    [Fact]
    public void A_dry_run_counts_once_what_stands_in_two_calls_and_names_the_line_that_does_it()
    {
        using var server = Imports.Server();
        using var cli = Cli.For(server);
        var rows = Enumerable.Range(0, 10_001).Select(i => $"p{i}@creators.example").Append("p5@creators.example");
        cli.File("my list.csv", "email\n" + string.Join('\n', rows));
        var ran = cli.Run("email", "recipients", "import-file", "tsk_1", "--file", "my list.csv");
        var data = ran.Json.GetProperty("data");
        Assert.Equal((10_001, 1, 10_008), (data.GetProperty("added").GetInt32(), data.GetProperty("duplicates").GetInt32(), data.GetProperty("total").GetInt32()));
        Assert.StartsWith("Dry run, nothing changed.", ran.Json.GetProperty("summary").GetString());
        Assert.Equal("noxinfluencer email recipients import-file tsk_1 --file 'my list.csv' --force", ran.Json.GetProperty("next").GetProperty("command").GetString());
        Assert.All(server.Requests, r => Assert.DoesNotContain("dry_run=false", r.Target));
    }

    [Fact]
    public void A_failure_in_the_middle_says_how_far_it_came_and_with_which_key_to_go_on()
    {
        using var server = new FakeServer((seen, n) => n == 1 ? Canned.Ok("""{"added":10000,"total":10000}""") : Canned.Fails(404, "NOT_FOUND"));
        using var cli = Cli.For(server);
        var path = cli.File("x.csv", "email\n" + string.Join('\n', Enumerable.Range(0, 15_000).Select(i => $"p{i}@creators.example")));
        var ran = cli.Run("email", "recipients", "import-file", "tsk_1", "--file", path, "--force");
        Assert.Equal(5, ran.Exit);
        var key = ran.Json.GetProperty("meta").GetProperty("idempotency_key").GetString()!;
        Assert.Contains($"10000 of 15000 rows were taken for certain; the same line with --idempotency-key {key}", ran.Json.GetProperty("summary").GetString());
        Assert.Equal(10_000, ran.Json.GetProperty("data").GetProperty("added").GetInt32());
    }

    [Theory]
    [InlineData("email_address=Contact,name=Creator", """{"email_address":"ana@creators.example","name":"Ana","variables":{"mail":"old@x.example"}}""")]
    [InlineData("email_address=contact,first=creator,name=#3", """{"email_address":"ana@creators.example","name":"old@x.example","variables":{"first":"Ana"}}""")]
    public void A_map_goes_before_what_headers_mean(string map, string row)
    {
        using var server = Imports.Server();
        using var cli = Cli.For(server);
        var path = cli.File("x.csv", $"Contact,Creator,{(map.StartsWith("email_address=Contact", StringComparison.Ordinal) ? "!mail!x" : "Mail")}\nana@creators.example,Ana,old@x.example\n".Replace("!mail!x", "(mail)"));
        var ran = cli.Run("email", "recipients", "import-file", "tsk_1", "--file", path, "--map", map);
        Assert.Equal(0, ran.Exit);
        if (map.Contains("#3", StringComparison.Ordinal)) Assert.Equal(row, JsonDocument.Parse(server.Only.Body).RootElement.GetProperty("recipients")[0].GetRawText());
        else Assert.StartsWith("""{"email_address":"ana@creators.example","name":"Ana""", JsonDocument.Parse(server.Only.Body).RootElement.GetProperty("recipients")[0].GetRawText());
    }

    [Theory]
    [InlineData("email_address", "field=column")]
    [InlineData("email_address=Nowhere", "no column")]
    [InlineData("E-Mail=email", "no field")]
    [InlineData("name=email,name=name", "named before")]
    public void A_wrong_map_is_refused_and_lists_what_there_is(string map, string words)
    {
        using var server = Imports.Server();
        using var cli = Cli.For(server);
        var ran = cli.Run("email", "recipients", "import-file", "tsk_1", "--file", cli.File("x.csv", "email,name\na@b.example,A\n"), "--map", map);
        Assert.Equal(2, ran.Exit);
        Assert.Contains(words, ran.Words);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("email recipients import-file --file x.csv", "<task_id>")]
    [InlineData("email recipients import-file prd_1 --file x.csv", "product id")]
    [InlineData("email recipients import-file tsk_1", "--file")]
    [InlineData("email recipients import-file tsk_1 --file nowhere.csv", "no file")]
    public void Bad_usage_calls_nobody(string line, string words)
    {
        using var server = Imports.Server();
        using var cli = Cli.For(server);
        cli.File("x.csv", "email\na@b.example\n");
        var ran = cli.Run(line.Split(' '));
        Assert.Equal(2, ran.Exit);
        Assert.Contains(words, ran.Words);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void A_workbook_that_unpacks_without_end_is_refused_in_time()
    {
        using var server = Imports.Server();
        using var cli = Cli.For(server);
        using (var zip = ZipFile.Open(Path.Combine(cli.Folder, "bomb.xlsx"), ZipArchiveMode.Create))
        {
            using var sheet = zip.CreateEntry("xl/worksheets/sheet1.xml", CompressionLevel.Fastest).Open();
            sheet.Write("<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>"u8);
            var zeros = Enumerable.Repeat((byte)'0', 1 << 20).ToArray();
            for (var i = 0; i < 300; i++) sheet.Write(zeros);
        }
        var ran = cli.Run("email", "recipients", "import-file", "tsk_1", "--file", "bomb.xlsx");
        Assert.Equal(2, ran.Exit);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void Every_operation_that_takes_a_file_of_rows_sends_them()
    {
        foreach (var op in Catalogue.All.Where(o => o.IsMutation && o.LocalOptions.Any(l => l.Flag.StartsWith("--file ", StringComparison.Ordinal))))
        {
            var member = op.BodyMembers.First(m => m.Shape.Kind == ShapeKind.Array).Name;
            using var server = Imports.Server(member);
            using var cli = Cli.For(server);
            var path = cli.File("x.csv", "email,name,creator_id,platform,channel_id\nana@creators.example,Ana,cr_1,youtube,UC1\n");
            var ran = cli.Run([.. op.Command.Split(' '), .. CatalogueTests.Ids(op), "--file", path, "--force"]);
            Assert.True(ran.Exit == 0, op.Command + ran.Out);
            Assert.Empty(BodyCheck.Problems(Encoding.UTF8.GetBytes(server.Only.Body), op.InputShape, m => m.Wire.In == WireIn.Body));
        }
    }

    /// <summary>What an expectation file says.</summary>
    private static JsonObject Told(Ran ran)
    {
        var root = JsonNode.Parse(ran.Out)!.AsObject();
        var told = new JsonObject { ["exit"] = ran.Exit };
        if (root["data"] is not JsonObject data) return new JsonObject { ["exit"] = ran.Exit, ["summary"] = root["summary"]!.DeepClone() };
        foreach (var name in new[] { "format", "encoding", "separator", "rows", "blank_rows", "header" }) told[name] = data["file"]![name]?.DeepClone();
        told["mapping"] = new JsonObject(data["mapping"]!.AsArray().Select(m => KeyValuePair.Create(m!["header"]!.GetValue<string>(), m["field"]?.DeepClone())));
        told["ignored"] = new JsonArray([.. data["ignored"]!.AsArray().Select(m => (JsonNode)$"{m!["header"]}: {m["problem"]}")]);
        told["rejected"] = new JsonArray([.. data["rejected"]!.AsArray().Select(m => (JsonNode)$"{m!["line"]}: {m["problem"]}")]);
        foreach (var name in new[] { "added", "duplicates", "sample", "warnings" }) told[name] = data[name]?.DeepClone();
        return told;
    }
}

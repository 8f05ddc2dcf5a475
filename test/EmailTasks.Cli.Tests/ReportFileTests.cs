using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace EmailTasks.Cli.Tests;

/// <summary>Reports as files: what is in them, and that nothing from outside runs in whatever opens them.</summary>
public sealed class ReportFileTests : IDisposable
{
    private const string Evil = "<script>alert(1)</script> \"Q\" & Söhne";

    private readonly FakeServer _server;
    private readonly Cli _cli;
    private int _pages;
    private bool _fails;

    public ReportFileTests()
    {
        _server = new FakeServer((seen, _) => seen.Target.Contains("/recipients") ? Page(seen) : Canned.Ok(Report));
        _cli = Cli.For(_server);
    }

    private static string Report => $$"""
        {"task_id":"tsk_1","name":{{JsonSerializer.Serialize(Evil)}},"status":"sent","settled":true,"delivery":"smtp","recipient_count":4,"sent_count":3,"failed_count":1,"open_count":2,"machine_open_count":1,
         "click_count":null,"reply_count":1,"replied_creator_count":1,"inbound_message_count":2,"bounce_count":0,"reply_rate":0.3333,"open_rate":0.6667,"inbound":{"status":"listening"},
         "timeline":[{"at":"2026-11-25T10:00:00.000Z","sent":3,"opens":0,"clicks":null,"replies":0},{"at":"2026-11-26T11:00:00.000Z","sent":0,"opens":2,"clicks":null,"replies":1}]}
        """;

    public void Dispose()
    {
        _cli.Dispose();
        _server.Dispose();
    }

    [Fact]
    public void The_page_holds_all_of_it_and_loads_and_runs_nothing()
    {
        var path = Path.Combine(_cli.Folder, "report.html");
        var run = _cli.Run("email", "report", "tsk_1", "--output", path);
        Assert.Equal((0, path), (run.Exit, JsonDocument.Parse(run.Out).RootElement.GetProperty("data").GetProperty("output").GetProperty("path").GetString()));
        var html = File.ReadAllText(path);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt; &quot;Q&quot; &amp; S", html);
        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain("http://", html);
        Assert.DoesNotContain("https://", html);
        Assert.DoesNotContain("@", html.Replace("@media", "", StringComparison.Ordinal)); // no recipient
        Assert.Contains("default-src 'none'", html);
        Assert.Contains("<span class=\"number\">2</span><span class=\"detail\">66.7 %, 1 more by machines</span>", html);
        Assert.Contains("<span class=\"number\">–</span><span class=\"detail\">unknown</span>", html); // clicks
        Assert.Contains("2026-11-26 11:00: 2", html);
        Assert.Contains("Sent recipients whose mail a person opened", html);
        Assert.Empty(Directory.GetFiles(_cli.Folder, "*.part"));
        Assert.Equal(0, _pages);
        _cli.Run("email", "report", "tsk_1", "--output", path, "--lang", "zh");
        Assert.Contains("<html lang=\"zh\">", File.ReadAllText(path));
        Assert.Contains("从发送到回复", File.ReadAllText(path));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(390)]
    public async Task A_browser_shows_the_charts_and_asks_nobody(int width)
    {
        var path = Path.Combine(_cli.Folder, "report.html");
        Assert.Equal(0, _cli.Run("email", "report", "tsk_1", "--output", path).Exit);
        await using var browser = await Browser.Start();
        var page = await browser.Open("file://" + path, width);
        Assert.Equal(Evil, (await page.Value("document.querySelector('h1').textContent")).GetString());
        Assert.Equal(2, (await page.Value("[...document.querySelectorAll('svg')].filter(s => s.getBoundingClientRect().height > 40).length")).GetInt32());
        // The longest bar of the funnel is the recipients', and the sent one three quarters of it.
        var bars = await page.Value("[...document.querySelectorAll('svg')[0].querySelectorAll('rect')].map(r => r.getBoundingClientRect().width)");
        Assert.InRange(bars[1].GetDouble() / bars[0].GetDouble(), 0.74, 0.76);
        Assert.Equal(4, bars.GetArrayLength()); // clicks are unknown
        Assert.True((await page.Value("document.documentElement.scrollWidth <= window.innerWidth")).GetBoolean());
        Assert.Empty(page.Complaints);
        Assert.Single(page.Requests);
    }

    [Fact]
    public void The_table_has_every_recipient_and_no_formula()
    {
        var path = Path.Combine(_cli.Folder, "report.csv");
        Assert.Equal(0, _cli.Run("email", "report", "tsk_1", "--output", path).Exit);
        Assert.Equal(3, _pages);
        var bytes = File.ReadAllBytes(path);
        Assert.Equal([0xEF, 0xBB, 0xBF], bytes[..3]);
        var lines = Encoding.UTF8.GetString(bytes[3..]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("recipient_id,email_address,name,creator_id", lines[0]);
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("rcp_1,a1@b.c,'=HYPERLINK(1),", lines[1]);
        Assert.Contains(",\"'+1,2\",", lines[2]);
        Assert.Contains(",\"\"\"Q\"\" one\",", lines[3]);
        // What is written can be read back by the command that reads such files.
        var dry = _cli.Run("email", "recipients", "import-file", "tsk_1", "--file", path, "--map", "email_address=email_address,name=name");
        Assert.DoesNotContain("unknown_format", dry.Out);
    }

    [Fact]
    public void The_workbook_has_numbers_timeline_and_recipients_and_its_texts_are_no_formulas()
    {
        var path = Path.Combine(_cli.Folder, "report.xlsx");
        Assert.Equal(0, _cli.Run("email", "report", "tsk_1", "--output", path).Exit);
        using var zip = ZipFile.OpenRead(path);
        XNamespace ns = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        XElement Part(string name)
        {
            using var stream = zip.GetEntry(name)!.Open();
            return XDocument.Load(stream).Root!;
        }
        Assert.Equal(["Numbers", "Timeline", "Recipients"], Part("xl/workbook.xml").Descendants(ns + "sheet").Select(s => s.Attribute("name")!.Value));
        List<List<string>> Rows(int sheet) => [.. Part($"xl/worksheets/sheet{sheet}.xml").Descendants(ns + "row").Select(r => r.Elements(ns + "c").Select(c => c.Value).ToList())];
        Assert.Contains(Rows(1), r => r[0] == "open_count" && r[1] == "2" && r[2].StartsWith("Sent recipients whose mail", StringComparison.Ordinal));
        Assert.Contains(Rows(1), r => r[0] == "click_count" && r[1].Length == 0);
        Assert.Equal(["2026-11-26T11:00:00.000Z", "0", "2", "", "1"], Rows(2)[2]);
        Assert.Equal((4, "=HYPERLINK(1)"), (Rows(3).Count, Rows(3)[1][2]));
        Assert.Empty(Part("xl/worksheets/sheet3.xml").Descendants(ns + "f"));
        Assert.All(Part("xl/worksheets/sheet3.xml").Descendants(ns + "c").Where(c => c.Value.StartsWith('=')), c => Assert.Equal("inlineStr", c.Attribute("t")!.Value));
        Assert.Contains("\uFFFD", Rows(3)[3][7]); // a control character that XML can't hold
        var relations = Part("xl/_rels/workbook.xml.rels").Elements().Select(e => e.Attribute("Target")!.Value).ToList();
        Assert.All(relations, target => Assert.NotNull(zip.GetEntry("xl/" + target)));
    }

    [Fact]
    public void Half_a_file_is_no_file_and_a_wrong_name_asks_nobody()
    {
        var path = Path.Combine(_cli.Folder, "report.csv");
        File.WriteAllText(path, "before");
        _fails = true;
        var failed = _cli.Run("email", "report", "tsk_1", "--output", path);
        Assert.Equal(5, failed.Exit);
        Assert.Contains("no file was written", failed.Out);
        Assert.Equal("before", File.ReadAllText(path));
        Assert.Empty(Directory.GetFiles(_cli.Folder, "*.part"));
        var asked = _server.Requests.Count;
        Assert.Equal(2, _cli.Run("email", "report", "tsk_1", "--output", "report.pdf").Exit);
        Assert.Equal(asked, _server.Requests.Count);
        Assert.Equal(2, _cli.Run("email", "report", "tsk_1", "--output", Path.Combine(_cli.Folder, "none", "x.html")).Exit);
    }

    private Canned Page(Seen seen)
    {
        if (_fails && seen.Target.Contains("cursor", StringComparison.Ordinal)) return Canned.Fails(404, "NOT_FOUND");
        Interlocked.Increment(ref _pages);
        var page = seen.Target.Contains("cursor=2", StringComparison.Ordinal) ? 3 : seen.Target.Contains("cursor=1", StringComparison.Ordinal) ? 2 : 1;
        var name = page switch { 1 => "=HYPERLINK(1)", 2 => "+1,2", _ => "\"Q\" one\u0001" };
        return Canned.Ok($$"""{"items":[{"recipient_id":"rcp_{{page}}","email_address":"a{{page}}@b.c","name":{{JsonSerializer.Serialize(page == 3 ? "\"Q\" one" : name)}},"reason":{{JsonSerializer.Serialize(page == 3 ? name : null)}},"state":"sent"}],"next_cursor":{{(page == 3 ? "null" : $"\"{page}\"")}}}""");
    }
}

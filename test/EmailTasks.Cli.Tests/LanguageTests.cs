using System.Text;
using System.Text.RegularExpressions;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Tests;

/// <summary>Everything said to people can be said in Chinese; JSON stays as it is.</summary>
public sealed partial class LanguageTests
{
    private static readonly string Cli = Repository.At("src/EmailTasks.Cli");

    private static readonly List<(string English, string Chinese)> Lines =
        [.. File.ReadAllLines(Path.Combine(Cli, "Lang", "zh.tsv")).Select(l => l.Split('\t')).Select(c => (c[0], c[1]))];

    private static readonly HashSet<string> Exact = [.. Lines.Select(l => l.English)];

    private static readonly List<Regex> Patterns =
        [.. Lines.Where(l => l.English.Contains("{0}", StringComparison.Ordinal)).Select(l => new Regex("^" + Hole().Replace(Regex.Escape(l.English), ".+") + "$", RegexOptions.Singleline))];

    private static bool IsKnown(string text) => Exact.Contains(text.Trim()) || Patterns.Exists(p => p.IsMatch(Filled().Replace(text.Trim(), "X")));

    [Fact]
    public void Every_text_of_help_has_a_line()
    {
        using var cli = new Tests.Cli();
        var items = cli.Run("schema", "--all").Json.GetProperty("data").GetProperty("items").EnumerateArray().ToList();
        var texts = items.Select(i => i.GetProperty("summary").GetString()!)
            .Concat(items.SelectMany(i => i.GetProperty("options").EnumerateArray().Concat(i.GetProperty("arguments").EnumerateArray())).Select(o => o.GetProperty("description").GetString()!));
        Missing(texts.Concat(ErrorCodes.All.Select(r => r.When)));
    }

    [Fact]
    public void What_a_server_refuses_is_said_by_its_code_above_the_server_s_own_words()
    {
        foreach (var row in ErrorCodes.All.Where(r => r.Http > 0))
        {
            var code = row.Code == ErrorCodes.Upstream ? "UPSTREAM_535" : row.Code;
            using var server = new FakeServer((_, _) => Canned.Fails(row.Http, code));
            using var cli = Tests.Cli.For(server);
            var lines = cli.Run("email", "list", "--plain", "--lang", "zh").Out.Split('\n');
            Assert.Contains($"{code}: {Lines.Single(l => l.English == row.When).Chinese}", lines);
            Assert.DoesNotContain(lines, l => l.StartsWith(code + ": ", StringComparison.Ordinal) && l.Contains(row.When, StringComparison.Ordinal));
        }
        using var alone = new Tests.Cli();
        Assert.Contains("此账户中没有这个对象。", alone.Run("agent", "exit-codes", "--plain", "--lang", "zh").Out);
        Assert.Contains("No such object in this account.", alone.Run("agent", "exit-codes", "--json", "--lang", "zh").Out);
    }

    [Fact]
    public void Every_sentence_of_the_command_line_has_a_line() =>
        Missing(Directory.GetFiles(Cli, "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/") && !f.Contains("/bin/") && Path.GetFileName(f) is not ("Reference.cs" or "CompletionScript.cs"))
            .SelectMany(f => Sentences(File.ReadAllText(f))));

    [Fact]
    public void Every_line_fills_the_same_places_and_stands_once()
    {
        Assert.All(Lines, l => Assert.Equal(Hole().Matches(Regex.Escape(l.English)).Select(m => m.Value.Trim('\\')).Order(), Hole().Matches(Regex.Escape(l.Chinese)).Select(m => m.Value.Trim('\\')).Order()));
        Assert.Equal(Lines.Count, Exact.Count);
        Assert.All(Lines, l => Assert.Matches(@"[\u3000-\u9fff\uff00-\uffef]", l.Chinese + "。"));
    }

    [Fact]
    public void Help_and_refusals_are_chinese_and_json_is_not()
    {
        using var cli = new Tests.Cli();
        Assert.Contains("用法：", cli.Run("email", "list", "--help", "--lang", "zh").Out);
        Assert.DoesNotMatch(@"(?m)^  \S.*  [A-Z][a-z]+ [a-z]+", cli.Run("email", "send", "--help", "--lang", "zh").Out);
        Assert.Contains("没有命令 `email lst`", cli.Run("email", "lst", "--plain", "--lang=zh").Out);
        Assert.Equal(cli.Run("email", "lst").Out, cli.Run("email", "lst", "--lang", "zh").Out);
        cli.Environment["NOXINFLUENCER_LANG"] = "zh_CN.UTF-8";
        Assert.Contains("用法：", cli.Run("--help").Out);
        Assert.Contains("Usage:", cli.Run("--help", "--lang", "en").Out);
        Assert.Equal(2, cli.Run("email", "list", "--lang", "de").Exit);
    }

    private static void Missing(IEnumerable<string> texts)
    {
        var missing = texts.Distinct().Where(t => !IsKnown(t)).ToList();
        Assert.True(missing.Count == 0, "Add to src/EmailTasks.Cli/Lang/zh.tsv (English, tab, Chinese):\n" + string.Join('\n', missing));
    }

    /// <summary>The sentences among the string literals of a source; what is filled in becomes {0}.</summary>
    private static IEnumerable<string> Sentences(string source)
    {
        var code = string.Join('\n', source.Split('\n').Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)));
        for (var i = 0; i < code.Length; i++)
        {
            if (code[i] == '\'' && i + 2 < code.Length && (code[i + 2] == '\'' || code[i + 1] == '\\'))
            {
                i = code.IndexOf('\'', i + (code[i + 1] == '\\' ? 3 : 2));
                continue;
            }
            if (code[i] != '"') continue;
            var text = Literal(code, ref i, i > 0 && code[i - 1] == '$');
            if (text.Contains(' ') && Letters().IsMatch(text) && text.TrimEnd() is [.., '.' or '?'] && !text.StartsWith("{0} {1}", StringComparison.Ordinal)) yield return text;
        }
    }

    private static string Literal(string code, ref int i, bool filled)
    {
        var text = new StringBuilder();
        for (i++; code[i] != '"'; i++)
        {
            if (code[i] == '\\') text.Append(code[++i] == 'n' ? '\n' : code[i]);
            else if (filled && code[i] is '{' or '}' && code[i + 1] == code[i]) text.Append(code[i++]);
            else if (filled && code[i] == '{')
            {
                var start = i;
                for (var depth = 0; ; i++)
                {
                    if (code[i] == '"') _ = Literal(code, ref i, code[i - 1] == '$');
                    else if (code[i] == '{') depth++;
                    else if (code[i] == '}' && --depth == 0) break;
                }
                text.Append(code[(start + 1)..i] == "Product.Name" ? "noxinfluencer" : "{0}");
            }
            else text.Append(code[i]);
        }
        return text.ToString();
    }

    [GeneratedRegex(@"\\\{\d}|\{\d\}")]
    private static partial Regex Hole();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Filled();

    [GeneratedRegex("[A-Za-z]{2}")]
    private static partial Regex Letters();
}

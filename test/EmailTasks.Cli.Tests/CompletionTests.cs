namespace EmailTasks.Cli.Tests;

/// <summary>Completion, asked in the shells themselves.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly Cli _cli = new();

    public static TheoryData<string, string, string> Cases
    {
        get
        {
            // What has been typed, a word that must be offered, a word that must not.
            (string, string, string)[] cases =
            [
                ("", "email", "list"), ("em", "email", "product"), ("email ", "recipients", "product"), ("email recipients ", "import-file", "templates"),
                ("email re", "report", "list"), ("email list --", "--page_size", "--body-file"), ("email list --st", "--status", "--state"), ("email create --", "--body-file", "--keyword"),
                ("email list --status ", "draft", "--keyword"), ("email list --status d", "draft", "sent"), ("email get tsk_1 --", "--wait", "--body-file"), ("email get tsk_1 --wait ", "settled", "--json"),
                ("email list --lang ", "zh", "--json"), ("--server http://x email ", "send", "product"), ("completion ", "fish", "email"), ("email content templates ", "apply", "save2"),
                ("email recipients import-file tsk_1 --", "--map", "--keyword"), ("email list --json ", "--force", "drafts"),
            ];
            var data = new TheoryData<string, string, string>();
            foreach (var shell in new[] { "bash", "zsh", "fish" })
            {
                foreach (var (typed, wanted, not) in cases)
                {
                    // fish offers options only once a dash is typed.
                    if (!(shell == "fish" && wanted.StartsWith("--", StringComparison.Ordinal) && !typed.EndsWith('-') && !typed.EndsWith("--st", StringComparison.Ordinal))) data.Add(shell, typed, wanted + "|" + not);
                }
            }
            return data;
        }
    }

    public void Dispose() => _cli.Dispose();

    [Theory, MemberData(nameof(Cases))]
    public void It_offers_what_can_follow(string shell, string typed, string words)
    {
        var offered = Ask(shell, typed);
        Assert.Contains(words.Split('|')[0], offered);
        Assert.DoesNotContain(words.Split('|')[1], offered);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    public void Files_are_offered_where_a_file_is_due(string shell)
    {
        _cli.File("people.csv", "email\n");
        Assert.Contains("people.csv", Ask(shell, "email recipients import-file tsk_1 --file "));
    }

    [Fact]
    public void A_list_goes_on_after_its_comma() => Assert.Contains("draft,sent", Ask("bash", "email list --status draft,s"));

    [Theory]
    [InlineData("completion", "shell")]
    [InlineData("completion ksh", "bash, zsh, fish")]
    public void Another_shell_is_refused(string line, string words)
    {
        var ran = _cli.Run(line.Split(' '));
        Assert.Equal(2, ran.Exit);
        Assert.Contains(words, ran.Words);
    }

    private List<string> Ask(string shell, string typed)
    {
        var script = _cli.File("script." + shell, _cli.Run("completion", shell).Out);
        var words = "noxinfluencer " + typed;
        var line = shell switch
        {
            "bash" => $"source {script}; COMP_WORDS=({words}{(words.EndsWith(' ') ? "''" : "")}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _noxinfluencer; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            // The widget's own commands write what they were given; the rest is the script's.
            "zsh" => $"autoload -U compinit; compadd() {{ shift; print -l -- ${{(M)@:#$PREFIX*}} }}; _files() {{ print -l -- * }}; compset() {{ : }}; source {script}; words=({words}{(words.EndsWith(' ') ? "''" : "")}); CURRENT=$#words; PREFIX=$words[-1]; _noxinfluencer",
            _ => $"source {script}; complete -C '{words}' | string split -f1 \\t",
        };
        using var process = _cli.Start(shell == "fish" ? ["--no-config", "-c", line] : shell == "zsh" ? ["-f", "-c", line] : ["--norc", "-c", line], shell);
        process.StandardInput.Close();
        var err = process.StandardError.ReadToEndAsync();
        var offered = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).ToList();
        process.WaitForExit();
        Assert.Equal("", err.Result);
        return offered;
    }
}

using System.Text;
using EmailTasks.Cli.Commands;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Show;

/// <summary>The command reference and the man page, written from the catalogue.</summary>
internal static class Reference
{
    private const string About = "Email Tasks: send outreach email safely.";

    private static readonly (string Name, string Meaning)[] Variables =
    [
        ("NOXINFLUENCER_SERVER_URL", "The server, instead of http://127.0.0.1:7025."),
        ("NOXINFLUENCER_API_KEY", "The key for that server; it goes nowhere else."),
        ("NOXINFLUENCER_CONFIG", "The config file, instead of ~/.noxinfluencer/config.json."),
        ("NOXINFLUENCER_DATA", "The data folder of serve, instead of ~/.noxinfluencer/data."),
        ("NOXINFLUENCER_OUTPUT", "json or plain; unset, plain on a terminal and JSON elsewhere."),
        ("NOXINFLUENCER_LANG", "en or zh, for help and plain text; JSON is always English."),
        ("NOXINFLUENCER_ENABLE_COMMANDS", "Like --enable-commands; with both, a command must stand in both."),
        ("NO_COLOR", "Set to anything: no colours."),
        ("HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "Proxies for servers on other machines."),
    ];

    /// <summary>Markdown for <c>docs/commands.md</c>.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder($"# Commands\n\nEvery command of `{Product.Name}`, written from the catalogue by `{Product.Name} schema --reference docs`. The shape of bodies and answers: `{Product.Name} schema \"<command>\"`.\n");
        text.Append("\nA command that changes something is a dry run until `--force`.\n");
        foreach (var (command, _) in Words.Commands) Command(text, Words.Match(command.Split(' ')));
        text.Append("\n## Global options\n\n| Option | Meaning |\n|---|---|\n");
        foreach (var global in Globals.All) Row(text, global.Flag + (global.Value is null ? "" : $" <{global.Value}>"), global.Description);
        text.Append("\n## Environment\n\n| Variable | Meaning |\n|---|---|\n");
        foreach (var (name, meaning) in Variables) Row(text, name, meaning);
        text.Append("\n## Exit codes\n\n| Exit | error_code | When |\n|---|---|---|\n| 0 | | Done, or a dry run that would succeed. |\n");
        foreach (var row in ErrorCodes.All) text.Append($"| {row.Exit} | {Code(row)} | {row.When} |\n");
        return text.ToString();
    }

    /// <summary>Roff for <c>docs/noxinfluencer.1</c>.</summary>
    public static string Man()
    {
        var text = new StringBuilder($".\\\" Written by `{Product.Name} schema --reference docs`.\n.TH NOXINFLUENCER 1 \"\" \"{Product.Line}\" \"Email Tasks\"\n.SH NAME\n{Product.Name} \\- send outreach email safely\n");
        text.Append($".SH SYNOPSIS\n.B {Product.Name}\n.I command\n.RI [ options ]\n.SH DESCRIPTION\n{Roff(About)}\nA command that changes something is a dry run until\n.BR \\-\\-force .\nOutput is one JSON document unless a person is looking.\n.SH COMMANDS\n");
        foreach (var (command, summary) in Words.Commands) text.Append($".TP\n.B {Roff(Help.Usage(Words.Match(command.Split(' ')))[(Product.Name.Length + 1)..].Replace(" [options]", ""))}\n{Roff(summary)}\n");
        text.Append(".SH OPTIONS\n");
        foreach (var global in Globals.All) text.Append($".TP\n.B {Roff(global.Flag)}{(global.Value is null ? "" : $" \\fI{Roff(global.Value)}\\fR")}\n{Roff(global.Description)}\n");
        text.Append(".SH ENVIRONMENT\n");
        foreach (var (name, meaning) in Variables) text.Append($".TP\n.B {Roff(name)}\n{Roff(meaning)}\n");
        text.Append(".SH EXIT STATUS\n.TP\n.B 0\nDone, or a dry run that would succeed.\n");
        foreach (var row in ErrorCodes.All) text.Append($".TP\n.B {row.Exit}\n{Roff($"{Code(row)}: {row.When}")}\n");
        text.Append($".SH FILES\n.TP\n.I ~/.noxinfluencer/config.json\nOne key per server, mode 0600.\n.TP\n.I ~/.noxinfluencer/data\nWhat the server keeps.\n");
        return text.ToString();
    }

    private static void Command(StringBuilder text, Words words)
    {
        text.Append($"\n## {words.Typed}\n\n{words.Op?.Summary ?? words.Local!.Summary}\n\n```\n{Help.Usage(words)}\n```\n\n");
        if ((words.Op ?? words.Local!.Via) is { } op)
        {
            text.Append($"{(op.IsMutation ? $"Dry run until `--force`. Effect: {Documents.Word(op.Effect)}." : "Reads only.")} Role: {Documents.Word(op.Role)}.{(op.PersonOnly ? " Not for an agent's key." : "")} `{op.Http}`\n");
            if (words.Op is { Aliases.Count: > 0 }) text.Append($"\nAlso: {string.Join(", ", op.Aliases.Select(a => $"`{a}`"))}\n");
        }
        else text.Append("Needs no server of its own.\n");
        var arguments = words.Op is { } o ? Documents.Arguments(o).Select(a => ($"<{a.Name}>", a.Description)) : words.Local!.Arguments.Select(a => ($"<{a.Name}>", a.Description));
        var options = words.Op is { } p ? Documents.Options(p) : Documents.Options(words.Local!);
        var rows = arguments.Concat(options.Where(r => !Array.Exists(Globals.All, g => g.Flag == r.Flag)).Select(r => (r.Flag + (r.Value is null ? "" : $" <{r.Value}>"), r.Description))).ToList();
        if (rows.Count > 0)
        {
            text.Append("\n| | |\n|---|---|\n");
            foreach (var (name, meaning) in rows) Row(text, name, meaning);
        }
        if (words.Op?.Example is { } example) text.Append($"\nA body:\n\n```json\n{example}\n```\n");
    }

    private static void Row(StringBuilder text, string name, string meaning) => text.Append($"| `{name.Replace("|", "\\|")}` | {meaning.Replace("|", "\\|").Replace("<", "\\<")} |\n");

    private static string Code(ErrorRow row) => row.Code == ErrorCodes.Upstream ? "UPSTREAM_<code>" : row.Code;

    private static string Roff(string text) =>
        text.Replace("\\", "\\e").Replace("-", "\\-").Replace("\n", " ") is var plain && plain.StartsWith('.') ? "\\&" + plain : plain;
}

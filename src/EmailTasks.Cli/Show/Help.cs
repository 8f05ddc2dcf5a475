using System.Text;
using EmailTasks.Cli.Lang;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Show;

/// <summary>Help, written from the catalogue.</summary>
internal static class Help
{
    /// <summary>The usage line of a command.</summary>
    public static string Usage(Words words)
    {
        var usage = new StringBuilder($"{Product.Name} {words.Typed}".TrimEnd());
        if (words.Op is { } op)
        {
            foreach (var member in op.PathMembers) usage.Append($" <{member.Name}>");
            if (op.OptionalArgument is { } optional) usage.Append($" [{optional}]");
            if (op.HasBody) usage.Append(op.BodyOptional || op.BodyOptions.Count > 0 || op.BodyMembers.Any(m => m.Name == op.OptionalArgument) ? " [--body-file <path>]" : " --body-file <path>");
            if (op.IsMutation) usage.Append(" [--force]");
        }
        foreach (var argument in words.Local?.Arguments ?? []) usage.Append(argument.Required ? $" <{argument.Name}>" : $" [{argument.Name}{(argument.Variadic ? "…" : "")}]");
        if (words.Local?.Via is not null) usage.Append(" --file <path> [--force]");
        return usage.Append(words.IsGroup ? " <command> [options]" : " [options]").ToString();
    }

    /// <summary>The whole text.</summary>
    public static string Text(Words words)
    {
        var text = new StringBuilder();
        text.Append(Said.Of(words.Op?.Summary ?? words.Local?.Summary ?? "Email Tasks: send outreach email safely.")).Append("\n\n").Append(Said.Of("Usage:")).Append(' ').Append(Usage(words)).Append('\n');
        if (words.IsGroup) Rows(text, "Commands", Commands(words.Typed));
        if (words.Op is { } op)
        {
            Rows(text, "Arguments", Documents.Arguments(op).Select(a => (a.Name, a.Description)));
            Rows(text, "Options", Documents.Options(op).Where(o => !Array.Exists(Globals.All, g => g.Flag == o.Flag)).Select(o => (o.Flag + (o.Value is null ? "" : $" <{o.Value}>"), o.Description)));
            if (op.Aliases.Count > 0) text.Append('\n').Append(Said.Of("Also:")).Append(' ').AppendJoin(", ", op.Aliases).Append('\n');
            if (op.Example is { } example) text.Append('\n').Append(Said.Of("A body:")).Append(' ').Append(example).Append('\n');
            if (op.IsMutation) text.Append('\n').Append(Said.Of("Without --force this is a dry run: it is checked, and nothing changes.")).Append('\n');
            text.Append($"\n{Said.Of("The exact shape:")} {Product.Name} schema \"{op.Command}\"\n");
        }
        if (words.Local is { } local)
        {
            Rows(text, "Arguments", local.Arguments.Select(a => (a.Name, a.Description)));
            Rows(text, "Options", local.Options);
        }
        Rows(text, "Global options", Globals.All.Select(g => (g.Flag + (g.Value is null ? "" : $" <{g.Value}>"), g.Description)));
        return text.ToString().TrimEnd();
    }

    private static IEnumerable<(string, string)> Commands(string group) =>
        Words.Commands.Where(c => group.Length == 0 || c.Command.StartsWith(group + " ", StringComparison.Ordinal));

    private static void Rows(StringBuilder text, string heading, IEnumerable<(string Left, string Right)> rows)
    {
        var list = rows.ToList();
        if (list.Count == 0) return;
        var width = Math.Min(34, list.Max(r => r.Left.Length));
        text.Append('\n').Append(Said.Of(heading)).Append(":\n");
        foreach (var (left, right) in list) text.Append("  ").Append(left.PadRight(width)).Append("  ").Append(Said.Of(right)).Append('\n');
    }
}

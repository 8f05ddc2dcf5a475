using EmailTasks.Cli.Commands;
using EmailTasks.Cli.Lang;
using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli;

/// <summary>What was typed becomes one answer on stdout and one exit code.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        var output = Output.For(args);
        Said.Choose(args);
        try
        {
            return Run(args, output);
        }
        catch (IOException e) when (output.IsBroken(e))
        {
            Stderr.Line("The answer could not be written to standard output.");
            return 2;
        }
        catch (Exception e)
        {
            return output.Refuse(new(ErrorCodes.InternalError, $"A bug in the command line ({e.GetType().Name}); please report it with the line you typed."));
        }
    }

    private static int Run(string[] args, Output output)
    {
        var words = Words.Match(args);
        if (Globals.Has(args, "--version")) return output.Text(Product.Line, Documents.Version);
        if (words.Hint is { } hint) return output.Refuse(hint);
        if (words.Unknown is { } unknown) return output.Refuse(unknown);
        if (Globals.Has(args, "--help") || Globals.Has(args, "-h")) return output.Text(Help.Text(words), () => Documents.Help(words));
        if (words.IsGroup) return output.TextUnlessJson(Help.Text(words), () => Documents.Help(words));
        if (Line.Read(words, args, out var line) is { } refusal) return output.Refuse(refusal);
        output.Field = line.Globals.Field;
        if (EnabledCommands.Check(words, args) is { } notEnabled) return output.Refuse(notEnabled);
        return line.Local is { } local ? local.Run(line, output)
            : ImportCommand.IsMeant(line) ? ImportCommand.Run(line, output)
            : line.Op!.Carries == Carries.Events ? WatchCommand.Run(line, output)
            : ServerCommand.Run(line, output);
    }
}

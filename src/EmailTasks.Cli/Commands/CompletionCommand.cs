using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Commands;

/// <summary><c>completion bash|zsh|fish</c>: a script on standard output, made from the catalogue.</summary>
internal static class CompletionCommand
{
    private static readonly string[] Shells = ["bash", "zsh", "fish"];

    /// <summary>Prints it.</summary>
    public static int Run(Line line, Output output)
    {
        if (line.Rest is not [var shell, ..]) return output.Refuse(Refusal.Invalid("shell", "missing", "<shell> is missing.", $"Use one of {string.Join(", ", Shells)}."));
        return shell switch
        {
            "bash" => output.Script(CompletionScript.Bash()),
            "zsh" => output.Script(CompletionScript.Zsh()),
            "fish" => output.Script(CompletionScript.Fish()),
            _ => output.Refuse(Refusal.Invalid("shell", "unknown_value", $"There is no completion for \"{TextCheck.Shown(shell)}\".", $"Use one of {string.Join(", ", Shells)}.")),
        };
    }
}

using System.CommandLine;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Typed;

/// <summary>
/// The command tree from the root to the one command that was named. All values are read as text: what they must be
/// is said once, beside the wire records.
/// </summary>
internal sealed class CommandLeaf
{
    private readonly Command _leaf;

    private CommandLeaf(Command root, Command leaf) => (Root, _leaf) = (root, leaf);

    /// <summary>The root to parse with.</summary>
    public Command Root { get; }

    /// <summary>All options by their kebab-case flag.</summary>
    public Dictionary<string, Option> Options { get; } = new(StringComparer.Ordinal);

    /// <summary>The arguments in order.</summary>
    public List<Argument> Arguments { get; } = [];

    /// <summary>Options of this command: flag, and the name its value is kept under.</summary>
    public List<(string Flag, string Name)> Named { get; } = [];

    /// <summary>Builds the branch of a command.</summary>
    public static CommandLeaf For(Words words)
    {
        var root = new Command(Product.Name);
        var at = root;
        foreach (var word in words.Typed.Split(' '))
        {
            var next = new Command(word);
            at.Add(next);
            at = next;
        }
        var tree = new CommandLeaf(root, at);
        foreach (var global in Globals.All) tree.Option(root, global.Flag, global.Value is not null).Recursive = true;
        if (words.Op is { } op) tree.Of(op);
        if (words.Local is { } local)
        {
            foreach (var (flag, _) in local.Options) tree.Local(flag);
            foreach (var argument in local.Arguments) tree.Argument(argument.Name, argument.Variadic);
        }
        return tree;
    }

    private void Of(Op op)
    {
        foreach (var member in op.PathMembers) Argument(member.Name, variadic: false);
        if (op.OptionalArgument is { } optional) Argument(optional, variadic: false);
        foreach (var member in op.QueryMembers) Keep(Spelling.Flag(member.Name), member.Name, member.Shape.Kind != ShapeKind.Boolean);
        foreach (var option in op.BodyOptions) Keep(option.Flag, option.Flag, takesValue: true);
        foreach (var (flag, _) in op.LocalOptions) Local(flag);
        if (op.HasBody) Keep("--body-file", "--body-file", takesValue: true);
    }

    private void Local(string flag)
    {
        var name = flag.Split(' ')[0];
        Keep(name, name, flag.Contains(' '));
    }

    private void Keep(string flag, string name, bool takesValue)
    {
        Option(_leaf, flag, takesValue);
        Named.Add((flag, name));
    }

    private Option Option(Command on, string flag, bool takesValue)
    {
        Option option = takesValue
            ? new Option<string>(flag) { Arity = ArgumentArity.ExactlyOne }
            : new Option<bool>(flag) { Arity = ArgumentArity.Zero };
        if (Spelling.Other(flag) is { } other) option.Aliases.Add(other);
        if (flag == "--help") option.Aliases.Add("-h");
        on.Add(option);
        Options.Add(flag, option);
        return option;
    }

    private void Argument(string name, bool variadic)
    {
        Argument argument = variadic
            ? new Argument<string[]>(name) { Arity = ArgumentArity.ZeroOrMore }
            : new Argument<string>(name) { Arity = ArgumentArity.ZeroOrOne };
        _leaf.Add(argument);
        Arguments.Add(argument);
    }
}

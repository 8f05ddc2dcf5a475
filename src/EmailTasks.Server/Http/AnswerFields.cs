using EmailTasks.Contracts;

namespace EmailTasks.Server.Http;

/// <summary>The members of an answer that were asked for, as a tree; a name without further ones stands for all that is below it.</summary>
internal sealed class AnswerFields
{
    /// <summary>Unknown names that are told; each comes with all that there is.</summary>
    private const int UnknownTold = 3;

    private readonly Dictionary<string, AnswerFields> _named = new(StringComparer.Ordinal);

    /// <summary>True when this was named itself.</summary>
    public bool IsNamed { get; private set; }

    /// <summary>What was asked for below a member; null when nothing.</summary>
    public AnswerFields? Below(string name) => _named.GetValueOrDefault(name);

    /// <summary>Reads <c>a,b.c</c>; a name that no answer of the operation has is a problem that says what there is.</summary>
    public static AnswerFields? Read(Op op, string text, List<Problem> problems)
    {
        var fields = new AnswerFields();
        var wrong = problems.Count;
        var plan = op.DryRunOutput is { } dry ? Shape.Of(dry) : null;
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var path = name.Split('.');
            if (Missing(op.OutputShape, path) is not { } there || (plan is not null && Missing(plan, path) is null)) fields.Add(path);
            else if (op.OutputShape.IsPage && Missing(Row(op.OutputShape), path) is null) fields.AddOfRow(op.OutputShape, path);
            else if (problems.Count < wrong + UnknownTold) problems.Add(Unknown(op, name, op.OutputShape.IsPage && path.Length == 1 ? Row(op.OutputShape) : there));
        }
        if (fields._named.Count == 0 && problems.Count == wrong) problems.Add(new("fields", "empty", "fields names nothing.", "Write it like fields=status,counts.sent_count."));
        // Who takes a plan's answer apart still needs the digest to approve it.
        if (plan?.Member("plan_digest") is not null) fields.Add(["plan_digest"]);
        return fields;
    }

    private static Shape Row(Shape page) => page.Member("items")!.Shape.Element!;

    private static Problem Unknown(Op op, string name, Shape there) => new("fields", "unknown_member", $"No answer of `{op.Command}` has {TextCheck.Shown(name)}.",
        there.Members.Count == 0 ? "Leave out what stands behind the last dot." : $"There is: {string.Join(", ", there.Members.Select(m => m.Name))}.");

    /// <summary>Where the path ends that the shape does not have; null when it has it.</summary>
    private static Shape? Missing(Shape shape, ReadOnlySpan<string> path)
    {
        while (shape.Kind == ShapeKind.Array) shape = shape.Element!;
        if (path.Length == 0 || shape.Kind == ShapeKind.Any) return null;
        if (shape.Kind == ShapeKind.Map) return path.Length == 1 ? null : Missing(shape.Element!, path[1..]);
        return shape.Member(path[0]) is { } member ? Missing(member.Shape, path[1..]) : shape;
    }

    /// <summary>A row's member; what says which page it is stays, it is short.</summary>
    private void AddOfRow(Shape page, string[] path)
    {
        foreach (var member in page.Members.Where(m => m.Name != "items")) Add([member.Name]);
        Add(["items", .. path]);
    }

    private void Add(ReadOnlySpan<string> path)
    {
        var at = this;
        foreach (var name in path)
        {
            if (!at._named.TryGetValue(name, out var next)) at._named[name] = next = new AnswerFields();
            at = next;
        }
        at.IsNamed = true;
    }
}

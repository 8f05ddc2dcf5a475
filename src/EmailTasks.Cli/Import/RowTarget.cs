using EmailTasks.Contracts;

namespace EmailTasks.Cli.Import;

/// <summary>
/// Where rows go in an operation's body: its one array, whose items are objects (a member a column, the rest variables)
/// or texts. Read from the shape, so that every operation that takes a list takes a file.
/// </summary>
internal sealed class RowTarget
{
    private readonly Shape _item;

    /// <summary>The target of an operation.</summary>
    public RowTarget(Op op)
    {
        Array = op.BodyMembers.First(m => m.Shape.Kind == ShapeKind.Array);
        _item = Array.Shape.Element!;
    }

    /// <summary>The array.</summary>
    public ShapeMember Array { get; }

    /// <summary>The shape of one row.</summary>
    public Shape Item => _item;

    /// <summary>True when an item is one text, e.g. an address.</summary>
    public bool IsText => _item.Kind == ShapeKind.Text;

    /// <summary>The map that takes the columns nobody knows, or null.</summary>
    public ShapeMember? Free => IsText ? null : _item.Members.FirstOrDefault(m => m.Shape.Kind == ShapeKind.Map);

    /// <summary>The field that holds the address: every target has one.</summary>
    public string Address => IsText ? Array.Name : _item.Members.First(m => m.Name.StartsWith("email_address", StringComparison.Ordinal)).Name;

    /// <summary>The fields by name.</summary>
    public IEnumerable<string> Fields =>
        IsText ? [Array.Name] : _item.Members.Where(m => m.Shape.Kind == ShapeKind.Text || m.Shape is { Kind: ShapeKind.Array, Element.Kind: ShapeKind.Text }).Select(m => m.Name);

    /// <summary>The field of that name, or null.</summary>
    public string? Field(string name) => Fields.Contains(name) ? name : name is "email_address" or "address" ? Address : null;

    /// <summary>True when the field holds several texts.</summary>
    public bool IsList(string field) => !IsText && _item.Member(field)?.Shape.Kind == ShapeKind.Array;

    /// <summary>True when these fields are enough to know the person.</summary>
    public bool Suffices(IReadOnlyCollection<string> fields) =>
        fields.Contains(Address) || (Free is not null && (fields.Contains("creator_id") || (fields.Contains("platform") && fields.Contains("channel_id"))));
}

using System.Text;
using EmailTasks.Core.Content;
using EmailTasks.Server.Message;

namespace EmailTasks.Server.Features.Sending.Look;

/// <summary>A piece of a content with one recipient's values in it, unescaped: what a reader reads.</summary>
internal sealed class FilledText
{
    private readonly (string? Literal, int Slot)[] _parts;

    public FilledText(IEnumerable<Segment> segments, MessageRenderer renderer)
    {
        _parts = [.. segments.Where(s => s.Mark is null && s.Output?.Name is not BuiltIns.ProductCards).Select(s => (s.Literal, s.Output is null ? -1 : renderer.Slot(s.Output)))];
        Literal = string.Concat(_parts.Select(p => p.Literal));
    }

    /// <summary>The part that is everybody's.</summary>
    public string Literal { get; }

    /// <summary>Whether it is the same for everybody.</summary>
    public bool IsStatic => Array.TrueForAll(_parts, p => p.Slot < 0);

    /// <summary>It as one recipient reads it.</summary>
    public string Of(ValueResult[] values)
    {
        if (IsStatic) return Literal;
        var to = new StringBuilder();
        foreach (var (literal, slot) in _parts) to.Append(literal ?? (slot < 0 ? "" : values[slot].Value));
        return to.ToString();
    }
}

/// <summary>One thing to look for in every mail of a plan.</summary>
internal interface ILook
{
    /// <summary>Looks at one recipient's mail.</summary>
    /// <param name="address">Who gets it.</param>
    void Take(string address, ValueResult[] values);

    /// <summary>What was found.</summary>
    /// <param name="mails">How many there are.</param>
    IEnumerable<Contracts.PlanNote> Notes(long mails);
}

/// <summary>What one look found: things that stand in every mail, and mails in which a value brings one.</summary>
internal sealed class Found
{
    private const int Shown = 10;
    private const int ShownCharacters = 80;

    private readonly List<string> _all = [];
    private readonly Finding _some = new("", "");
    private string? _last;

    /// <summary>Nothing was found.</summary>
    public bool IsEmpty => _all.Count == 0 && _some.Count == 0;

    /// <summary>Something every mail has.</summary>
    public void InAll(string what)
    {
        if (_all.Count < Shown && !_all.Contains(what)) _all.Add(Cut(what));
    }

    /// <summary>Something one recipient's mail has.</summary>
    public void In(string address, string what)
    {
        if (address == _last) return; // one is enough to look at, and mails are counted
        _last = address;
        _some.Add($"{address}: {Cut(what)}");
    }

    /// <summary>The note; none when nothing was found.</summary>
    public IEnumerable<Contracts.PlanNote> Note(string code, string problem, string fix, long mails)
    {
        if (IsEmpty) yield break;
        var where = _all.Count > 0 ? "" : $" In {Contracts.Plural.Of(_some.Count, "mail")}, through a value of the recipient's.";
        yield return new Contracts.PlanNote(code, _all.Count > 0 ? Math.Max(mails, 1) : _some.Count, problem + where, [.. _all, .. _some.Sample.Take(Shown)], fix);
    }

    private static string Cut(string what)
    {
        what = Contracts.Unseen.Escaped(what.ReplaceLineEndings(" "));
        return what.Length <= ShownCharacters ? what : string.Concat(what.EnumerateRunes().Take(ShownCharacters).Select(r => r.ToString())) + "…";
    }
}

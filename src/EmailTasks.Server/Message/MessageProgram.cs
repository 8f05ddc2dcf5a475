using System.Text;
using EmailTasks.Core.Content;

namespace EmailTasks.Server.Message;

/// <summary>
/// A content bound to a plan: each different output is one slot, evaluated once per recipient. Checking and rendering
/// share that evaluation, which is why they can't disagree.
/// </summary>
internal sealed class MessageProgram
{
    private readonly record struct Slot(VariableNode Node, bool InHeader);

    private readonly record struct Step(string? Literal, int Slot, SegmentContext Context);

    private readonly List<Slot> _slots = [];
    private readonly Step[] _subject;
    private readonly Step[]? _html;
    private readonly Step[] _text;
    private readonly (string Attribute, Step[] Parts)[] _urls;
    private readonly int _htmlLength;
    private readonly RenderPlan _plan;
    private readonly IReadOnlyList<RenderProblem> _planProblems;
    private readonly string _cardsHtml;
    private readonly string _cardsText;

    public MessageProgram(CompiledContent content, RenderPlan plan)
    {
        _plan = plan;
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        _subject = Steps(content.Subject.Segments, index, inHeader: true);
        _html = content.Html is null ? null : Steps(WithFooter(content.Html.Segments, plan.Footer), index, inHeader: false);
        _text = Steps([.. content.Text.Segments, .. plan.Footer?.TextSegments ?? []], index, inHeader: false);
        _urls = [.. (content.Html?.Urls ?? []).Select(u => (u.Attribute, Steps(u.Parts, index, inHeader: false)))];
        _htmlLength = _html?.Sum(s => s.Literal?.Length ?? 64) ?? 0;
        _cardsHtml = ProductCards.Html(plan.Products);
        _cardsText = ProductCards.Text(plan.Products);
        _planProblems = RenderProblems.Of(plan, _slots.Any(s => s.Node.Name == BuiltIns.ProductCards));
    }

    /// <summary>Evaluates every slot; the list is shared and empty when all is well.</summary>
    public IReadOnlyList<RenderProblem> Evaluate(MessageRecipient recipient, MessageTokens tokens, ICollection<string> defaults, out ValueResult[] values)
    {
        List<RenderProblem>? problems = null;
        values = new ValueResult[_slots.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var (node, inHeader) = _slots[i];
            var value = values[i] = node.Evaluate(Lookup(node.Name, recipient, tokens));
            if (value.DefaultUsed && !defaults.Contains(node.Name)) defaults.Add(node.Name);
            if (value.Value is null || (inHeader ? value.Value.AsSpan().ContainsAny(HeaderText.Control) : value.Value.Contains('\0')))
                Add(ref problems, value.Value is null ? RenderProblems.NoValue(node, value) : RenderProblems.Control(node.Name, inHeader));
        }
        foreach (var (attribute, parts) in _urls)
        {
            if (BadUrl(parts, values) is { } name) Add(ref problems, RenderProblems.BadUrl(name, attribute));
        }
        if (recipient.Name is { } shown && shown.AsSpan().ContainsAny(HeaderText.Control)) Add(ref problems, RenderProblems.Control(BuiltIns.Name, inHeader: true));
        if (HeaderText.BreaksAddress(recipient.Address)) Add(ref problems, RenderProblems.Control(BuiltIns.EmailAddress, inHeader: true));
        foreach (var problem in _planProblems) Add(ref problems, problem);
        return problems ?? (IReadOnlyList<RenderProblem>)[];
    }

    /// <summary>The message in words, from values without problems.</summary>
    public RenderedText Write(ValueResult[] values, IReadOnlyList<string> defaults, MessageTokens tokens) => new(
        Write(_subject, values, 128).Trim(), // no header keeps white space at its ends
        _html is null ? null : Write(_html, values, _htmlLength + 256),
        Write(_text, values, 512),
        defaults, tokens);

    private string Write(Step[] steps, ValueResult[] values, int length)
    {
        if (steps is [{ Literal: { } only }]) return only;
        var to = new StringBuilder(length);
        foreach (var step in steps)
        {
            if (step.Literal is not null)
            {
                to.Append(step.Literal);
                continue;
            }
            var value = values[step.Slot];
            var cards = _slots[step.Slot].Node.Name == BuiltIns.ProductCards && !value.DefaultUsed;
            if (step.Context == SegmentContext.Plain) to.Append(value.Value);
            else if (cards) to.Append(_cardsHtml); // markup of our own; everything in it is escaped there
            else HtmlEscape.Append(to, value.Value);
        }
        return to.ToString();
    }

    private string? Lookup(string name, MessageRecipient recipient, MessageTokens tokens) => name switch
    {
        BuiltIns.Name => recipient.Name,
        BuiltIns.EmailAddress => recipient.Address,
        BuiltIns.SenderName => _plan.FromName,
        BuiltIns.ProductCards => _cardsText,
        BuiltIns.UnsubscribeUrl => Unsubscribe.Url(_plan.SenderAddress, tokens),
        BuiltIns.PostalAddress => _plan.PostalAddress,
        _ => recipient.Variables is { } variables && variables.TryGetValue(name, out var value) ? value : null,
    };

    // The whole value counts, since a variable may bring the scheme or only the path; the first variable is named.
    private string? BadUrl(Step[] parts, ValueResult[] values)
    {
        string? first = null;
        foreach (var part in parts)
        {
            if (part.Literal is not null) continue;
            if (values[part.Slot].Value is null) return null; // reported as missing already
            first ??= _slots[part.Slot].Node.Name;
        }
        var url = parts.Length == 1 ? values[parts[0].Slot].Value! : string.Concat(parts.Select(p => p.Literal ?? values[p.Slot].Value));
        return UrlRule.Allows(url) ? null : first;
    }

    /// <summary>The document with the footer as the last thing of its body: every document that was cleaned ends with the body's closing tag.</summary>
    private static IReadOnlyList<Segment> WithFooter(IReadOnlyList<Segment> html, Footer? footer)
    {
        if (footer?.Html is null || html is not [.., { Literal: { } tail } last]) return html;
        var end = tail.LastIndexOf("</body>", StringComparison.Ordinal);
        if (end < 0) throw new InvalidOperationException("A compiled document has no end of body.");
        return [.. html.SkipLast(1), last with { Literal = tail[..end] }, .. footer.HtmlSegments, last with { Literal = tail[end..] }];
    }

    private static void Add(ref List<RenderProblem>? problems, RenderProblem problem)
    {
        problems ??= [];
        if (!problems.Any(p => p.Code == problem.Code && p.Variable == problem.Variable && p.Problem == problem.Problem)) problems.Add(problem);
    }

    private Step[] Steps(IReadOnlyList<Segment> segments, Dictionary<string, int> index, bool inHeader) =>
        [.. segments.Select(s => new Step(s.Literal, s.Output is { } output ? SlotOf(output, index, inHeader) : -1, s.Context))];

    private int SlotOf(VariableNode output, Dictionary<string, int> index, bool inHeader)
    {
        if (!index.TryGetValue(output.Expression, out var slot))
        {
            index[output.Expression] = slot = _slots.Count;
            _slots.Add(new Slot(output, inHeader));
        }
        else if (inHeader) _slots[slot] = new Slot(output, true);
        return slot;
    }
}

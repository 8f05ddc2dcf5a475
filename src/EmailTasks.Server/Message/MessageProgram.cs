using System.Text;
using EmailTasks.Core.Content;

namespace EmailTasks.Server.Message;

/// <summary>
/// A content bound to a plan: each different output is one slot, evaluated once per recipient. Checking and rendering
/// share that evaluation, which is why they can't disagree.
/// </summary>
internal sealed class MessageProgram
{
    private readonly record struct Place(VariableNode Node, bool InHeader);

    /// <param name="Link">The number of the link whose address begins here; 0 is the open pixel, -1 neither.</param>
    /// <param name="End">Where that address ends.</param>
    private readonly record struct Step(string? Literal, int Slot, SegmentContext Context, int Link = -1, int End = 0);

    // The mark of the open pixel: links are numbered from 1.
    private static readonly Segment Pixel = new(null, null, SegmentContext.HtmlText, new LinkMark(0, Ends: false));

    private readonly List<Place> _slots = [];
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private readonly Step[] _subject;
    private readonly Step[]? _html;
    private readonly Step[] _text;
    private readonly (string Attribute, Step[] Parts)[] _urls;
    private readonly Step[][] _links;
    private readonly int _htmlLength;
    private readonly RenderPlan _plan;
    private readonly IReadOnlyList<RenderProblem> _planProblems;
    private readonly IReadOnlyList<(string Before, ProductCard? Link)> _cardsHtml;
    private readonly string _cardsText;
    private readonly bool _showsCards;

    public MessageProgram(CompiledContent content, RenderPlan plan)
    {
        _plan = plan;
        var index = _index;
        _subject = Steps(content.Subject.Segments, index, inHeader: true);
        _html = content.Html is null ? null : HtmlSteps(WithTail(content.Html.Segments, plan), index);
        _text = Steps([.. content.Text.Segments, .. plan.Footer?.TextSegments ?? []], index, inHeader: false);
        _urls = [.. (content.Html?.Urls ?? []).Select(u => (u.Attribute, Steps(u.Parts, index, inHeader: false)))];
        _links = [.. (content.Html?.Links ?? []).Select(l => Steps(l.Parts, index, inHeader: false))];
        _htmlLength = _html?.Sum(s => s.Literal?.Length ?? 64) ?? 0;
        _cardsHtml = ProductCards.Html(plan.Products);
        _cardsText = ProductCards.Text(plan.Products);
        _showsCards = _slots.Any(s => s.Node.Name == BuiltIns.ProductCards);
        _planProblems = RenderProblems.Of(plan, _showsCards);
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
        Write(_subject, values, 128, tokens).Trim(), // no header keeps white space at its ends
        _html is null ? null : Write(_html, values, _htmlLength + 256, tokens),
        Write(_text, values, 512, tokens),
        defaults, tokens);

    /// <summary>Where an output's value stands among those of <see cref="Evaluate"/>; -1 when the content has no such output.</summary>
    public int Slot(VariableNode output) => _index.GetValueOrDefault(output.Expression, -1);

    /// <summary>Whether web links lead through this server.</summary>
    public bool CountsClicks => _plan.Links.Clicks;

    /// <summary>How many links the HTML has: its own, and one a product it shows.</summary>
    public int Links => _links.Length + (_showsCards ? _plan.Products.Count : 0);

    /// <summary>The web address that a link of the HTML leads to, from values without problems; null where there is no such link.</summary>
    public string? Target(ValueResult[] values, int number)
    {
        if (number < 1 || number > Links) return null;
        if (number > _links.Length) return _plan.Products[number - _links.Length - 1].Link;
        var url = Joined(_links[number - 1], values);
        return UrlRule.AllowsWeb(url) ? url : null;
    }

    private string Write(Step[] steps, ValueResult[] values, int length, MessageTokens tokens)
    {
        if (steps is [{ Literal: { } only }]) return only;
        var to = new StringBuilder(length);
        for (var i = 0; i < steps.Length; i++)
        {
            var step = steps[i];
            if (step.Literal is not null) to.Append(step.Literal);
            else if (step.Link == Pixel.Mark!.Value.Number) HtmlEscape.Append(to.Append("<img src=\""), $"{_plan.Links.PublicUrl}/t/o/{tokens.Open}.gif").Append("\" width=\"1\" height=\"1\" alt=\"\" style=\"border:0\">");
            else if (step.Link > 0)
            {
                if (Target(values, step.Link) is null) continue; // e.g. a variable that brought a mailto: the address itself follows
                Click(to, step.Link, tokens);
                i = step.End - 1;
            }
            else WriteValue(to, step, values[step.Slot], tokens);
        }
        return to.ToString();
    }

    private void WriteValue(StringBuilder to, Step step, ValueResult value, MessageTokens tokens)
    {
        if (step.Context == SegmentContext.Plain) to.Append(value.Value);
        else if (_slots[step.Slot].Node.Name == BuiltIns.ProductCards && !value.DefaultUsed) Cards(to, tokens);
        else HtmlEscape.Append(to, value.Value);
    }

    // Markup of our own; everything in it is escaped already.
    private void Cards(StringBuilder to, MessageTokens tokens)
    {
        foreach (var (before, link) in _cardsHtml)
        {
            to.Append(before);
            if (link is null) continue;
            if (_plan.Links.Clicks) Click(to, _links.Length + 1 + _plan.Products.TakeWhile(p => p != link).Count(), tokens);
            else HtmlEscape.Append(to, link.Link);
        }
    }

    private void Click(StringBuilder to, int number, MessageTokens tokens) => HtmlEscape.Append(to, $"{_plan.Links.PublicUrl}/t/c/{tokens.Click(number)}");

    private string? Lookup(string name, MessageRecipient recipient, MessageTokens tokens) => name switch
    {
        BuiltIns.Name => recipient.Name,
        BuiltIns.EmailAddress => recipient.Address,
        BuiltIns.SenderName => _plan.FromName,
        BuiltIns.ProductCards => _cardsText,
        BuiltIns.UnsubscribeUrl => Unsubscribe.Url(_plan, tokens),
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
        return UrlRule.Allows(Joined(parts, values)) ? null : first;
    }

    private static string Joined(Step[] parts, ValueResult[] values) =>
        parts is [var only] ? only.Literal ?? values[only.Slot].Value! : string.Concat(parts.Select(p => p.Literal ?? values[p.Slot].Value));

    /// <summary>The document with footer and pixel as the last things of its body: every document that was cleaned ends with the body's closing tag.</summary>
    private static IReadOnlyList<Segment> WithTail(IReadOnlyList<Segment> html, RenderPlan plan)
    {
        List<Segment> added = [.. plan.Footer?.HtmlSegments ?? []];
        if (plan.Links.Opens) added.Add(Pixel);
        if (added.Count == 0 || html is not [.., { Literal: { } tail } last]) return html;
        var end = tail.LastIndexOf("</body>", StringComparison.Ordinal);
        if (end < 0) throw new InvalidOperationException("A compiled document has no end of body.");
        return [.. html.SkipLast(1), last with { Literal = tail[..end] }, .. added, last with { Literal = tail[end..] }];
    }

    private Step[] HtmlSteps(IReadOnlyList<Segment> segments, Dictionary<string, int> index)
    {
        var steps = new List<Step>();
        var opened = 0;
        foreach (var segment in segments)
        {
            if (segment.Mark is { } mark)
            {
                if (mark.Number > 0 && !_plan.Links.Clicks) continue;
                if (mark.Ends) steps[opened] = steps[opened] with { End = steps.Count };
                else
                {
                    opened = steps.Count;
                    steps.Add(new Step(null, -1, segment.Context, mark.Number));
                }
            }
            else if (segment.Literal is { } more && steps is [.., { Literal: { } before }] && !_plan.Links.Clicks) steps[^1] = steps[^1] with { Literal = before + more };
            else steps.Add(StepOf(segment, index, inHeader: false));
        }
        return [.. steps];
    }

    private static void Add(ref List<RenderProblem>? problems, RenderProblem problem)
    {
        problems ??= [];
        if (!problems.Any(p => p.Code == problem.Code && p.Variable == problem.Variable && p.Problem == problem.Problem)) problems.Add(problem);
    }

    private Step[] Steps(IReadOnlyList<Segment> segments, Dictionary<string, int> index, bool inHeader) =>
        [.. segments.Select(s => StepOf(s, index, inHeader))];

    private Step StepOf(Segment segment, Dictionary<string, int> index, bool inHeader) =>
        new(segment.Literal, segment.Output is { } output ? SlotOf(output, index, inHeader) : -1, segment.Context);

    private int SlotOf(VariableNode output, Dictionary<string, int> index, bool inHeader)
    {
        if (!index.TryGetValue(output.Expression, out var slot))
        {
            index[output.Expression] = slot = _slots.Count;
            _slots.Add(new Place(output, inHeader));
        }
        else if (inHeader) _slots[slot] = new Place(output, true);
        return slot;
    }
}

using System.Text.RegularExpressions;
using EmailTasks.Contracts;
using EmailTasks.Core.Content;
using EmailTasks.Core.Links;
using EmailTasks.Server.Message;
using EmailTasks.Server.Message.Seen;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending.Look;

/// <summary>Links that say another address than they lead to, and addresses that are made to be taken for others.</summary>
internal sealed partial class LinkLook : ILook
{
    private readonly List<(FilledText Target, FilledText Words)> _open = [];
    private readonly List<FilledText> _runs = [];
    private readonly Found _other = new();
    private readonly Found _alike = new();
    private readonly string? _own;

    /// <param name="own">The sender's domain.</param>
    public LinkLook(CompiledContent content, SeenHtml? seen, IReadOnlyList<CardRow> cards, MessageRenderer renderer, string? own)
    {
        _own = own;
        foreach (var link in seen?.Links ?? [])
        {
            var (target, words) = (new FilledText(link.Target, renderer), new FilledText(link.Words, renderer));
            if (target.IsStatic && words.IsStatic) Judge(target.Literal, words.Literal, (found, what) => found.InAll(what));
            else _open.Add((target, words));
        }
        foreach (var card in cards) Judge(card.Link, card.Title, (found, what) => found.InAll(what));
        foreach (var body in new[] { content.TextSource is null && seen is not null ? null : content.Text, content.Subject, seen?.Words, content.Preheader }.OfType<CompiledTemplate>())
        {
            foreach (var run in Runs(body))
            {
                var text = new FilledText(run, renderer);
                if (text.IsStatic) Written(text.Literal, what => _alike.InAll(what));
                else _runs.Add(text);
            }
        }
    }

    public void Take(string address, ValueResult[] values)
    {
        foreach (var (target, words) in _open) Judge(target.Of(values), words.Of(values), (found, what) => found.In(address, what));
        foreach (var run in _runs) Written(run.Of(values), what => _alike.In(address, what));
    }

    public IEnumerable<PlanNote> Notes(long mails) =>
    [
        .. _other.Note("LINK_TEXT_DIFFERS", "A link shows one address and leads to another.", "Let its words name what it leads to, or no address at all.", mails),
        .. _alike.Note("LOOKALIKE_LINK", "An address passes for another one.", "Look where it leads, letter by letter, and write the true address.", mails),
    ];

    private void Judge(string target, string words, Action<Found, string> add)
    {
        if (LinkText.Differs(words, target) is { } shown) add(_other, $"{shown} → {target}");
        if (Lookalikes.Of(target, _own) is { } why) add(_alike, $"{target} ({why})");
    }

    private void Written(string text, Action<string> add)
    {
        if (!text.Contains("://", StringComparison.Ordinal)) return;
        foreach (Match url in Url().Matches(text))
        {
            if (Lookalikes.Of(url.Value, _own) is { } why) add($"{url.Value} ({why})");
        }
    }

    /// <summary>A text in pieces that white space of the content parts: an address may go on through a value.</summary>
    private static IEnumerable<List<Segment>> Runs(CompiledTemplate body)
    {
        var run = new List<Segment>();
        foreach (var segment in body.Segments)
        {
            if (segment.Literal is not { } text)
            {
                run.Add(segment);
                continue;
            }
            var pieces = White().Split(text);
            for (var i = 0; i < pieces.Length; i++)
            {
                if (i > 0 && run.Count > 0)
                {
                    yield return run;
                    run = [];
                }
                if (pieces[i].Length > 0) run.Add(segment with { Literal = pieces[i] });
            }
        }
        if (run.Count > 0) yield return run;
    }

    [GeneratedRegex(@"https?://[^\s<>""']+", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Url();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex White();
}

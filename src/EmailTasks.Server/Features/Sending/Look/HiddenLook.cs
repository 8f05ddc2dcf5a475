using System.Text;
using EmailTasks.Contracts;
using EmailTasks.Core.Content;
using EmailTasks.Server.Message;
using EmailTasks.Server.Message.Seen;

namespace EmailTasks.Server.Features.Sending.Look;

/// <summary>Words in the HTML that readers don't see. Fillers behind a preheader say nothing and are none.</summary>
internal sealed class HiddenLook : ILook
{
    /// <summary>Different ways in which values of recipients make a mail look; each is a document to read.</summary>
    private const int MostLooks = 64;

    private readonly List<(string Why, FilledText Words)> _open = [];
    private readonly Dictionary<string, List<string>> _looks = new(StringComparer.Ordinal);
    private readonly List<(VariableNode Node, int Slot)> _deciding = [];
    private readonly Found _found = new();
    private readonly string? _source;
    private bool _isMore;

    public HiddenLook(CompiledContent content, SeenHtml? seen, MessageRenderer renderer)
    {
        if (seen is null) return;
        _source = content.HtmlSource;
        foreach (var part in seen.Hidden)
        {
            var words = new FilledText(part.Words, renderer);
            if (Says(words.Literal)) _found.InAll(Shown(words.Literal, part.Why));
            else if (!words.IsStatic) _open.Add((part.Why, words));
        }
        if (seen.IsTooMuch) _found.InAll("more style rules than are looked at");
        foreach (var node in seen.Deciding) _deciding.Add((node, renderer.Slot(node)));
    }

    public void Take(string address, ValueResult[] values)
    {
        foreach (var (why, words) in _open)
        {
            var text = words.Of(values);
            if (Says(text)) _found.In(address, Shown(text, why));
        }
        if (_deciding.Count == 0) return;
        foreach (var hidden in Look(values)) _found.In(address, hidden);
    }

    public IEnumerable<PlanNote> Notes(long mails)
    {
        if (_isMore) _found.InAll($"values decide how words look, in more than {MostLooks} ways; the others were not looked at");
        return _found.Note("HIDDEN_TEXT", "The HTML holds words that readers don't see.", "Take them out, or let them be seen. A line for mailbox lists belongs into preheader.", mails);
    }

    private List<string> Look(ValueResult[] values)
    {
        var key = string.Join('\u0001', _deciding.Select(d => values[d.Slot].Value));
        if (_looks.TryGetValue(key, out var known)) return known;
        if (_looks.Count >= MostLooks)
        {
            _isMore = true;
            return [];
        }
        var seen = SeenHtml.Of(_source!, node => _deciding.Find(d => d.Node.Expression == node.Expression) is { Node: not null } d ? values[d.Slot].Value : null);
        return _looks[key] = [.. seen.Hidden.Select(h => (h.Why, Words: string.Concat(h.Words.Select(w => w.Literal ?? w.Output!.Name)))).Where(h => Says(h.Words)).Select(h => Shown(h.Words, h.Why)).Take(3)];
    }

    private static string Shown(string words, string why) => $"{string.Join(' ', words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))} ({why})";

    private static bool Says(string text) => text.EnumerateRunes().Any(c => Rune.IsLetterOrDigit(c) && !Unseen.Is(c));
}

using System.Text.RegularExpressions;
using EmailTasks.Contracts;
using EmailTasks.Core.Content;
using EmailTasks.Core.Links;
using EmailTasks.Server.Message;
using EmailTasks.Server.Message.Seen;

namespace EmailTasks.Server.Features.Sending.Look;

/// <summary>
/// Whether text part and HTML say the same. Mail programs show the HTML; who approves by the text must not approve something
/// else. Words are compared, not their layout; an output counts as a word of its own, since its value is the same in both.
/// </summary>
internal sealed partial class WordLook : ILook
{
    // Hand-written text parts leave out a heading or a button; more, or another word in place of one, is said.
    private const int Left = 5;
    private const double Share = 0.05;

    private readonly Dictionary<string, int> _difference = new(StringComparer.Ordinal);
    private readonly List<(int Slot, int Side)> _open = [];
    private readonly Found _found = new();
    private readonly int _words;

    public WordLook(CompiledContent content, SeenHtml? seen, MessageRenderer renderer)
    {
        if (seen is null || content.TextSource is null)
        {
            if (seen is { Written.Count: > 0 }) Style(seen);
            return;
        }
        var outputs = new Dictionary<string, (int Count, VariableNode Node)>(StringComparer.Ordinal);
        _words = Math.Max(Add(content.Text, 1, outputs), Add(seen.Words, -1, outputs));
        foreach (var (count, node) in outputs.Values.Where(o => o.Count != 0)) _open.Add((renderer.Slot(node), Math.Sign(count)));
        Style(seen);
        Addresses(content.Text, seen);
        Judge(_difference, what => _found.InAll(what));
        if (!_found.IsEmpty) _open.Clear(); // every mail differs already
    }

    public void Take(string address, ValueResult[] values)
    {
        if (_open.Count == 0) return;
        var difference = new Dictionary<string, int>(_difference, StringComparer.Ordinal);
        foreach (var (slot, side) in _open)
        {
            if (slot < 0) continue;
            foreach (var word in SameWords.Of(values[slot].Value ?? "")) Count(difference, word, side);
        }
        Judge(difference, what => _found.In(address, what));
    }

    public IEnumerable<PlanNote> Notes(long mails) => _found.Note("TEXT_HTML_DIFFER", "The text part says something else than the HTML, which is what mail programs show.",
        "Say the same in both, or leave text_body out: it is derived from the HTML then.", mails);

    private void Style(SeenHtml seen)
    {
        foreach (var words in seen.Written) _found.InAll($"the style sheet writes: {words}");
    }

    private void Judge(Dictionary<string, int> difference, Action<string> add)
    {
        List<string> text = [.. difference.Where(d => d.Value > 0).Select(d => d.Key)], html = [.. difference.Where(d => d.Value < 0).Select(d => d.Key)];
        var all = difference.Values.Sum(Math.Abs);
        var isOther = (text.Count > 0 && html.Count > 0) || all >= Left || all > Share * Math.Max(_words, 1) || difference.Any(d => d.Value != 0 && (d.Key.Any(char.IsDigit) || d.Key.Any(char.IsSymbol)));
        if (all == 0 || !isOther) return;
        if (text.Count > 0) add($"only in the text: {string.Join(' ', text.Take(8))}");
        if (html.Count > 0) add($"only in the HTML: {string.Join(' ', html.Take(8))}");
    }

    private int Add(CompiledTemplate body, int side, Dictionary<string, (int Count, VariableNode Node)> outputs)
    {
        var total = 0;
        var before = "";
        foreach (var segment in body.Segments)
        {
            if (segment.Literal is { } text)
            {
                foreach (var word in SameWords.Of(Address().Replace(text, " ")))
                {
                    Count(_difference, word, side);
                    total++;
                }
                before = text;
            }
            else if (segment.Output is { } output && output.Name is not (BuiltIns.UnsubscribeUrl or BuiltIns.ProductCards) && !InAddress().IsMatch(before))
            {
                outputs[output.Expression] = (outputs.GetValueOrDefault(output.Expression).Count + side, output);
                total++;
            }
        }
        return total;
    }

    private void Addresses(CompiledTemplate text, SeenHtml seen)
    {
        var there = seen.Links.SelectMany(l => l.Target).Concat(seen.Text.Segments).Select(s => s.Literal).OfType<string>().ToList();
        var hosts = there.Select(WebAddress.Parse).OfType<WebAddress>().Concat(there.SelectMany(WebAddress.In)).Select(a => a.Mailbox ?? a.Host).ToHashSet(StringComparer.Ordinal);
        foreach (var address in text.Segments.Select(s => s.Literal).OfType<string>().SelectMany(WebAddress.In))
        {
            if (!hosts.Any(h => WebAddress.Same(h, address.Mailbox ?? address.Host))) _found.InAll($"only in the text: {address.Mailbox ?? address.Host}");
        }
    }

    private static void Count(Dictionary<string, int> words, string word, int side)
    {
        var now = words.GetValueOrDefault(word) + side;
        if (now == 0) words.Remove(word);
        else words[word] = now;
    }

    // Rules drawn with signs, and addresses: those are compared by where they lead.
    [GeneratedRegex(@"\(?(?:https?://|mailto:)[^\s)]*\)?", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Address();

    [GeneratedRegex(@"(?:https?://|mailto:)\S*$", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex InAddress();
}

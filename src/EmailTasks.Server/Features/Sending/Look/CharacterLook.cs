using EmailTasks.Contracts;
using EmailTasks.Core.Content;
using EmailTasks.Server.Message;
using EmailTasks.Server.Message.Seen;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending.Look;

/// <summary>Characters that nobody sees, in what leaves and in what recipients bring; and words shown in another order than they are written.</summary>
internal sealed class CharacterLook
{
    private readonly Found _found = new();

    public CharacterLook(CompiledContent content, SeenHtml? seen, string? fromName, IReadOnlyList<CardRow> cards)
    {
        Static("subject", string.Concat(content.Subject.Literals));
        Static("html_body", seen is null ? null : string.Concat(seen.Words.Literals));
        Static("text_body", content.TextSource is null ? null : string.Concat(content.Text.Literals));
        // Fillers behind a preheader keep a mailbox list from showing what comes next.
        Static("preheader", content.Preheader is null ? null : string.Concat(content.Preheader.Literals).TrimEnd([.. string.Concat(content.Preheader.Literals).Where(c => char.IsWhiteSpace(c) || (!char.IsSurrogate(c) && Unseen.Is(new System.Text.Rune(c)))).Distinct()]));
        Static("from_name", fromName);
        foreach (var card in cards) Static("product", card.Title);
        foreach (var output in content.Subject.Outputs.Concat(content.Html?.Outputs ?? []).Concat(content.Text.Outputs)) Static("a literal in the content", string.Concat(output.Filters.SelectMany(Literals)));
        if (seen is { Turned: true }) _found.InAll("words shown in another order than they are written");
    }

    /// <summary>Looks at what one recipient brings.</summary>
    public void Take(string address, string? name, IReadOnlyDictionary<string, string>? values)
    {
        if (name is not null && Unseen.In(name)) _found.In(address, $"name {name}");
        foreach (var (variable, value) in values ?? new Dictionary<string, string>())
        {
            if (Unseen.In(value)) _found.In(address, $"{variable} {value}");
        }
    }

    public IEnumerable<PlanNote> Notes(long mails) => _found.Note("HIDDEN_CHARACTERS", "There are characters that nobody sees: zero-width, bidi, tag characters or soft hyphens.", "Take them out: what is read must be all there is.", mails);

    private static IEnumerable<string> Literals(FilterCall call) => new[] { call.First, call.Second }.OfType<string>();

    private void Static(string where, string? text)
    {
        if (text is null || !Unseen.In(text)) return;
        var (at, _) = Unseen.Found(text).First();
        _found.InAll($"{where}: {text[Math.Max(0, at - 20)..Math.Min(text.Length, at + 20)]}");
    }
}

using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Content;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Message;
using EmailTasks.Server.Message.Seen;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending.Look;

/// <summary>
/// Looks at a plan's mails as readers will see them: at what all have in common once, and at every recipient's values as they
/// pass by. One odd row among two hundred is found as surely as a fault in the template.
/// </summary>
internal sealed class PlanLook
{
    private readonly IReadOnlyList<ILook> _looks;
    private readonly CharacterLook _characters;
    private readonly PlanNote? _replyTo;

    private PlanLook(IReadOnlyList<ILook> looks, CharacterLook characters, PlanValues values, PlanNote? replyTo) => (_looks, _characters, Values, _replyTo) = (looks, characters, values, replyTo);

    /// <summary>What recipients bring for each variable.</summary>
    public PlanValues Values { get; }

    /// <summary>Prepares the look at a content as it would leave.</summary>
    public static PlanLook Of(CompiledContent content, MessageRenderer renderer, TaskRow task, IReadOnlyList<CardRow> cards)
    {
        var sender = task.Sender is null ? null : JsonSerializer.Deserialize(task.Sender, StoredJson.Default.SenderCopy);
        var from = sender is null ? null : EmailAddress.TryParse(sender.Address, out _);
        var own = from?.Domain;
        var seen = content.HtmlSource is null ? null : SeenHtml.Of(content.HtmlSource);
        return new PlanLook(
            [new WordLook(content, seen, renderer), new HiddenLook(content, seen, renderer), new LinkLook(content, seen, cards, renderer, own), new PictureLook(seen, cards, renderer)],
            new CharacterLook(content, seen, sender?.FromName, cards), new PlanValues([.. content.VariablesUsed, .. content.BuiltInsUsed.Where(b => b == BuiltIns.Name)]), Elsewhere(sender?.ReplyTo, from?.Key));
    }

    /// <summary>Looks at one recipient.</summary>
    /// <param name="results">What the renderer made of the values.</param>
    public void Take(RecipientRow row, IReadOnlyDictionary<string, string>? values, ValueResult[] results)
    {
        foreach (var look in _looks) look.Take(row.Address, results);
        _characters.Take(row.Address, row.Name, values);
        Values.Take(row, values);
    }

    /// <summary>What was found, the gravest first.</summary>
    public IReadOnlyList<PlanNote> Notes(long mails)
    {
        List<PlanNote> notes = [.. _looks.SkipLast(1).SelectMany(l => l.Notes(mails))];
        if (_replyTo is not null) notes.Add(_replyTo);
        return [.. notes, .. _characters.Notes(mails), .. _looks[^1].Notes(mails)];
    }

    private static PlanNote? Elsewhere(string? replyTo, string? own) => replyTo is null || (own is not null && SharedDomains.IsAtHome(own, replyTo)) ? null
        : new PlanNote("REPLY_TO_ELSEWHERE", 1, "Replies go to another domain than the mailbox's.", [replyTo], "See that this address is yours, or leave reply_to out.");
}

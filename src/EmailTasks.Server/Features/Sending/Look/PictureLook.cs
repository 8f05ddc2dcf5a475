using EmailTasks.Contracts;
using EmailTasks.Core.Content;
using EmailTasks.Core.Links;
using EmailTasks.Server.Message;
using EmailTasks.Server.Message.Seen;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending.Look;

/// <summary>Hosts that decide what readers see or where they come after a person said yes: of pictures, of shorteners and redirects.</summary>
internal sealed class PictureLook : ILook
{
    /// <summary>Hosts that are named; values may bring any number.</summary>
    private const int MostHosts = 50;

    private readonly List<FilledText> _open = [];
    private readonly List<FilledText> _openLinks = [];
    private readonly SortedSet<string> _hosts = new(StringComparer.Ordinal);

    public PictureLook(SeenHtml? seen, IReadOnlyList<CardRow> cards, MessageRenderer renderer)
    {
        foreach (var text in (seen?.Pictures ?? []).Select(p => new FilledText(p, renderer)))
        {
            if (text.IsStatic) Picture(text.Literal);
            else _open.Add(text);
        }
        foreach (var text in (seen?.Links ?? []).Select(l => new FilledText(l.Target, renderer)))
        {
            if (text.IsStatic) Link(text.Literal);
            else _openLinks.Add(text);
        }
        foreach (var card in cards)
        {
            if (card.ThumbnailUrl is not null) Picture(card.ThumbnailUrl);
            Link(card.Link);
        }
    }

    public void Take(string address, ValueResult[] values)
    {
        foreach (var picture in _open) Picture(picture.Of(values));
        foreach (var link in _openLinks) Link(link.Of(values));
    }

    public IEnumerable<PlanNote> Notes(long mails)
    {
        if (_hosts.Count == 0) yield break;
        yield return new PlanNote("REMOTE_PICTURES", _hosts.Count, "What these hosts show can change after it was approved.", [.. _hosts.Take(MostHosts)], "See that they are yours, or that you trust them.");
    }

    private void Picture(string url) => Add(url, a => $"{a.Host} (picture)");

    private void Link(string url) => Add(url, a => Redirects.IsShortener(a.Host) ? $"{a.Host} (shortener)" : Redirects.LeadsOn(a) ? $"{a.Host} (leads on to another address)" : null);

    private void Add(string url, Func<WebAddress, string?> what)
    {
        if (_hosts.Count < MostHosts && WebAddress.Parse(url) is { Mailbox: null } address && what(address) is { } named) _hosts.Add(named);
    }
}

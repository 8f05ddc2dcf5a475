using EmailTasks.Core.Dns;
using EmailTasks.Core.Inbound;
using EmailTasks.Core.Recipients;
using MailKit;
using MailKit.Net.Imap;
using MimeKit;

namespace EmailTasks.Server.Wire;

/// <summary>
/// Looks in a mailbox for the DKIM selector that signs its mail. A Sent copy often has no signature, because signing comes after
/// submission; a copy to oneself in the inbox has one. Reads headers only (EXAMINE, BODY.PEEK): no mail becomes read.
/// </summary>
internal static class SentSignatures
{
    /// <summary>The newest mails looked at in each folder: a page of them, so that a full mailbox costs no more than an empty one.</summary>
    public const int Mails = 50;

    /// <summary>Different selectors that are looked up: a new key beside an old one, and one that somebody forged.</summary>
    public const int SelectorsMax = 3;

    /// <summary>Characters of a From that are parsed: one of our own names one address.</summary>
    private const int FromMax = 2_000;

    /// <summary>Names of the folder where a server does not say which it is (RFC 6154).</summary>
    private static readonly string[] Names = ["Sent", "Sent Items", "Sent Messages", "Sent Mail"];

    private static readonly FetchRequest Headers = new(MessageSummaryItems.None, [HeaderId.From, HeaderId.DkimSignature, HeaderId.AuthenticationResults]);

    /// <summary>Selectors of this sender's mails, the most trusted and newest first, and the name under which the server judges senders. A folder that can't be read holds none.</summary>
    public static async Task<(IReadOnlyList<DkimSelector> Selectors, string? AuthservId)> ReadAsync(ImapClient client, SmtpSettings settings, EmailAddress sender, CancellationToken ct)
    {
        var found = new List<DkimSelector>();
        var judged = new List<string?>();
        using var limit = WireConnect.Limit(settings, settings.Timeouts.Aside, ct, out var timer);
        using (timer)
        {
            try
            {
                if (await SentAsync(client, limit.Token) is { } sent) await LookAsync(sent, sender, SelectorSource.SentMail, found, [], limit.Token);
                await LookAsync(client.Inbox!, sender, SelectorSource.OwnMail, found, judged, limit.Token);
            }
            catch (Exception) when (!ct.IsCancellationRequested)
            {
                // The login works, which is what was asked; what could not be read is as good as not there.
            }
        }
        return (found, SenderAuthentication.Learn(judged));
    }

    /// <summary>The folder of sent mails, by what the server says of it, else by its name; null where there is none.</summary>
    public static async Task<IMailFolder?> SentAsync(ImapClient client, CancellationToken ct)
    {
        if ((client.Capabilities & (ImapCapabilities.SpecialUse | ImapCapabilities.XList)) != ImapCapabilities.None && client.GetFolder(SpecialFolder.Sent) is { } named) return named;
        var top = await client.GetFolder(client.PersonalNamespaces[0]).GetSubfoldersAsync(false, ct);
        return Names.Select(name => top.FirstOrDefault(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(f => f is not null);
    }

    private static async Task LookAsync(IMailFolder folder, EmailAddress sender, SelectorSource source, List<DkimSelector> found, List<string?> judged, CancellationToken ct)
    {
        await folder.OpenAsync(FolderAccess.ReadOnly, ct);
        if (folder.Count == 0) return;
        var mails = await folder.FetchAsync(Math.Max(0, folder.Count - Mails), folder.Count - 1, Headers, ct);
        judged.AddRange(mails.Where(m => m.Headers is not null).Select(m => m.Headers![HeaderId.AuthenticationResults])); // the topmost of each
        foreach (var mail in mails.OrderByDescending(m => m.Index).Where(m => m.Headers is not null && (source == SelectorSource.SentMail || IsFrom(m.Headers, sender))))
        {
            foreach (var header in mail.Headers!.Where(h => h.Id == HeaderId.DkimSignature))
            {
                if (DkimSelector.Of(header.Value, sender.Domain, source) is { } selector && found.Count < SelectorsMax && !found.Exists(f => f.Name == selector.Name)) found.Add(selector);
            }
        }
    }

    private static bool IsFrom(HeaderList headers, EmailAddress sender) =>
        headers[HeaderId.From] is { Length: <= FromMax } from && InternetAddressList.TryParse(from, out var addresses)
        && addresses.Mailboxes.Any(m => EmailAddress.TryParse(m.Address, out _) is { } address && address.Key == sender.Key);
}

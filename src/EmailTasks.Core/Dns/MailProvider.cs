namespace EmailTasks.Core.Dns;

/// <summary>A provider whose SPF include is known, so that a domain's record can be asked whether it names it.</summary>
/// <param name="Name">As people call it.</param>
/// <param name="Hosts">Its submission servers; one that begins with a dot stands for everything below.</param>
/// <param name="Includes">Any of these names in the SPF record will do; the first is the one it advises.</param>
public sealed record MailProvider(string Name, IReadOnlyList<string> Hosts, IReadOnlyList<string> Includes)
{
    private static readonly MailProvider[] Known =
    [
        new("Google", ["smtp.gmail.com", "smtp-relay.gmail.com", "smtp.googlemail.com"], ["_spf.google.com", "aspmx.googlemail.com"]),
        new("Microsoft 365", ["smtp.office365.com", ".mail.protection.outlook.com"], ["spf.protection.outlook.com"]),
        new("Fastmail", ["smtp.fastmail.com"], ["spf.messagingengine.com"]),
        new("Zoho", ["smtp.zoho.com", "smtppro.zoho.com", "smtp.zoho.eu", "smtppro.zoho.eu"], ["zohomail.com", "zohomail.eu", "zoho.com", "zoho.eu", "one.zoho.com", "one.zoho.eu"]),
        new("Proton", ["smtp.protonmail.ch"], ["_spf.protonmail.ch"]),
    ];

    /// <summary>The provider of a submission server, or null when it is not known.</summary>
    public static MailProvider? Of(string? host) =>
        host is null ? null : Known.FirstOrDefault(p => p.Hosts.Any(h => h[0] == '.' ? host.EndsWith(h, StringComparison.OrdinalIgnoreCase) : host.Equals(h, StringComparison.OrdinalIgnoreCase)));
}

using System.Collections.Concurrent;
using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Wire;

namespace EmailTasks.Server.Features.Mailboxes;

/// <summary>
/// What the last check of each mailbox found about its domain, for the plan's warnings. Only memory: a check is a read and writes
/// nothing, and after a restart the plan says again that nobody has checked.
/// </summary>
public sealed class CheckMemory
{
    /// <summary>Zones change without telling; older findings are no news.</summary>
    private const long GoodForMicros = 7L * 24 * 3600 * 1_000_000;

    /// <summary>Mailboxes remembered; a few hundred bytes each.</summary>
    private const int Most = 10_000;

    /// <summary>Checks of one mailbox in a minute: each logs in twice, and a provider locks who logs in too often.</summary>
    private const int AMinute = 6;

    private readonly RateLimit _asked = new(AMinute, TimeSpan.FromMinutes(1));

    /// <summary>Counts a check; the refusal when it is one too many.</summary>
    internal Refusal? Take(MailboxRow mailbox, TimeSpan now) => _asked.Take(mailbox.Id, now) is not { } wait ? null
        : new(ErrorCodes.RateLimited, $"This mailbox was checked {AMinute} times within a minute.")
        {
            RetryAfterSeconds = (int)Math.Ceiling(wait.TotalSeconds), Action = new("retry", null, "Every check logs in to the mail server: wait a little, then check again."),
        };

    private readonly ConcurrentDictionary<string, (long Version, long At, DomainFindings Found)> _found = new(StringComparer.Ordinal);

    /// <summary>Remembers a check of this version of a mailbox.</summary>
    internal void Keep(MailboxRow mailbox, long at, DomainFindings found)
    {
        if (_found.Count >= Most) _found.Clear();
        _found[mailbox.Id] = (mailbox.Version, at, found);
    }

    /// <summary>What was found about a mailbox as it is now, or null.</summary>
    internal DomainFindings? Of(MailboxRow mailbox, long now) =>
        _found.TryGetValue(mailbox.Id, out var kept) && kept.Version == mailbox.Version && now - kept.At < GoodForMicros ? kept.Found : null;
}

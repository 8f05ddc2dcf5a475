using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Wire;
using MailKit;
using MailKit.Net.Imap;

namespace EmailTasks.Server.Inbound;

/// <summary>
/// Keeps one message from stopping its mailbox: what cannot be taken in is tried some times, then set aside and named, and reading
/// goes on behind it. Once a single mail of 10 MB kept everything behind it unread for good.
/// </summary>
internal sealed class Unread(App app, MailboxRow mailbox)
{
    /// <summary>Failures after which a message is set aside: one may be a moment's, three are the message's.</summary>
    public const int TriesMax = 3;

    /// <summary>The same where the connection broke in its midst, which mostly is the network's doing.</summary>
    public const int LossesMax = 10;

    /// <summary>Counts a failure; true when it was set aside now, with <paramref name="advance"/> in the same transaction.</summary>
    public Task<bool> Failed(Place place, Exception e, Func<Db, ValueTask<int>>? advance) => app.Store.Write(async db =>
    {
        var row = new UnreadRow { Mailbox = mailbox.Id, Folder = place.Folder, Uidvalidity = place.UidValidity, Uid = place.Uid, Size = place.Size, Hash = (e as ArrivalFailedException)?.Hash, Problem = Words(e) };
        if (await UnreadRows.Failed(db, row) < (IsLoss(e) ? LossesMax : TriesMax)) return false;
        await UnreadRows.SetAside(db, row);
        if (advance is not null) await advance(db);
        return true;
    });

    /// <summary>The failure as the mailbox's health tells it.</summary>
    public static ArrivalFailedException Named(Place place, Exception e) =>
        new($"Message {place.Uid} of {place.Folder} could not be read. {Words(e)}.", e, (e as ArrivalFailedException)?.Hash);

    /// <summary>Whether a message may be the reason; what our database or a stop says never is.</summary>
    public static bool MayBeTheMessage(Exception e, CancellationToken ct) => !ct.IsCancellationRequested && e is not StoreUnavailableException;

    private static bool IsLoss(Exception e) => e is not AnswerTooLongException && e is IOException or ServiceNotConnectedException or ImapProtocolException or System.Net.Sockets.SocketException;

    // Words of ours: an exception's may hold what the message says.
    private static string Words(Exception e) => e switch
    {
        ArrivalFailedException { InnerException: OverBudgetException over } => over.Message,
        ArrivalFailedException => "Reading it failed",
        AnswerTooLongException => "The server sent more than was asked for",
        TimeoutException => "The server did not send it in time",
        ImapCommandException => "The server refused to send it",
        _ => "It did not come whole",
    };

    /// <summary>Where a message lies.</summary>
    public sealed record Place(string Folder, long UidValidity, string Uid, long Size);
}

/// <summary>A message could not be taken in, and not because of the mail server.</summary>
/// <param name="hash">Of its bytes, where they came.</param>
public sealed class ArrivalFailedException(string message, Exception inner, string? hash) : Exception(message, inner)
{
    /// <summary>Of its bytes; null where they did not come.</summary>
    public string? Hash { get; } = hash;
}

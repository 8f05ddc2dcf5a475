using System.Threading.Channels;
using EmailTasks.Core.Tracking;
using EmailTasks.Server.Dispatch;

namespace EmailTasks.Server.Tracking;

/// <summary>Somebody fetched the pixel or a link of one recipient's mail.</summary>
/// <param name="Of">Whose mail, and which link.</param>
/// <param name="At">When, UTC microseconds by the database's clock.</param>
/// <param name="Method">As it came.</param>
/// <param name="Agent">The User-Agent field, shortened.</param>
/// <param name="Purpose">The fields that tell a prefetch, shortened.</param>
/// <param name="LinksInMail">Of a click: how many links of the mail lead here.</param>
internal sealed record Hit(TokenOf Of, HitKind Kind, long At, string Method, string Agent, string Purpose, int LinksInMail);

/// <summary>
/// Hits on their way into the database. Bounded: a flood must not take the memory that mail is sent with, and an open that was
/// not noted costs less than a mail that was not sent.
/// </summary>
internal sealed class HitQueue
{
    /// <summary>A second of the busiest server, at about 300 bytes each.</summary>
    public const int Most = 50_000;

    private readonly Channel<Hit> _hits = Channel.CreateBounded<Hit>(new BoundedChannelOptions(Most) { SingleReader = true });
    private long _lost;

    /// <summary>Where they are taken from.</summary>
    public ChannelReader<Hit> Reader => _hits.Reader;

    /// <summary>How many found no room since this was asked last.</summary>
    public long TakeLost() => Interlocked.Exchange(ref _lost, 0);

    /// <summary>Notes one; never waits.</summary>
    public void Note(Hit hit)
    {
        if (!_hits.Writer.TryWrite(hit)) Interlocked.Increment(ref _lost);
    }
}

using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;

namespace EmailTasks.Testing;

/// <summary>What a client has just done.</summary>
public enum SinkStep
{
    Connect,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,

    /// <summary>Bytes of the body have been read, the dot is not among those looked at so far.</summary>
    Body,

    /// <summary>CRLF.CRLF was read.</summary>
    Dot,
    Rset,
    Noop,
    Quit,
    Other,
}

/// <summary>One step of one connection.</summary>
/// <param name="Connection">Number of the connection, from 1.</param>
/// <param name="Step">What was done.</param>
/// <param name="Line">The command line, empty for Connect, Body and Dot.</param>
/// <param name="Mail">The transaction, from MAIL on.</param>
public readonly record struct SinkEvent(int Connection, SinkStep Step, string Line, SinkTransaction? Mail);

/// <summary>What the sink does at a step. Null from the script means: what a friendly server does.</summary>
public sealed record SinkReply
{
    /// <summary>Written when not null; lines without CRLF at the end.</summary>
    public string? Text { get; private init; }

    /// <summary>Waited before anything else.</summary>
    public TimeSpan Wait { get; private init; }

    /// <summary>After the text the connection ends, politely (FIN).</summary>
    public bool Closes { get; private init; }

    /// <summary>After the text the connection ends with RST.</summary>
    public bool Resets { get; private init; }

    /// <summary>At the dot: the mail counts as taken although no reply says so.</summary>
    public bool Takes { get; private init; }

    /// <summary>The friendly default, after <see cref="Wait"/>.</summary>
    public bool IsDefault { get; private init; }

    /// <summary>This line, and go on.</summary>
    public static SinkReply Say(string text) => new() { Text = text };

    /// <summary>This line, then FIN.</summary>
    public static SinkReply SayAndClose(string text) => new() { Text = text, Closes = true };

    /// <summary>This line, then RST.</summary>
    public static SinkReply SayAndReset(string text) => new() { Text = text, Resets = true };

    /// <summary>FIN without a word.</summary>
    public static SinkReply Close { get; } = new() { Closes = true };

    /// <summary>RST without a word.</summary>
    public static SinkReply Reset { get; } = new() { Resets = true };

    /// <summary>Never answers; the connection stays.</summary>
    public static SinkReply Swallow { get; } = new();

    /// <summary>At the dot: takes the mail, the 250 is lost.</summary>
    public static SinkReply TakeAndLoseThe250 { get; } = new() { Closes = true, Takes = true };

    /// <summary>At the dot: takes the mail, the connection is reset instead of the 250.</summary>
    public static SinkReply TakeAndReset { get; } = new() { Resets = true, Takes = true };

    /// <summary>The friendly answer after a while.</summary>
    public static SinkReply DefaultAfter(TimeSpan wait) => new() { Wait = wait, IsDefault = true };

    /// <summary>The same after a while.</summary>
    public SinkReply After(TimeSpan wait) => this with { Wait = wait };
}

/// <summary>What the sink offers.</summary>
public sealed record SinkOptions
{
    public bool Esmtp { get; init; } = true;

    public bool Pipelining { get; init; } = true;

    public bool SmtpUtf8 { get; init; } = true;

    public bool EightBitMime { get; init; } = true;

    public bool EnhancedStatusCodes { get; init; } = true;

    /// <summary>Announced so that a test can see that nobody uses it.</summary>
    public bool Chunking { get; init; } = true;

    /// <summary>SIZE; null does not announce it.</summary>
    public long? Size { get; init; } = 50_000_000;

    /// <summary>AUTH mechanisms announced, such as PLAIN, LOGIN, XOAUTH2.</summary>
    public IReadOnlyList<string> Auth { get; init; } = [];

    /// <summary>Judges (user, password or token).</summary>
    public Func<string, string, bool> Accepts { get; init; } = (_, _) => true;

    /// <summary>Certificate for STARTTLS, or for TLS from the first byte.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>TLS from the first byte.</summary>
    public bool ImplicitTls { get; init; }

    /// <summary>Keep the bytes of each mail (dot-stuffing undone).</summary>
    public bool KeepData { get; init; }

    /// <summary>Keep the Message-ID of each mail, but not the mail.</summary>
    public bool KeepMessageId { get; init; }
}

/// <summary>One transaction as the sink saw it: the oracle of every test about duplicates and losses. Complete when the reply is set or the connection is gone.</summary>
public sealed class SinkTransaction(int connection, string from)
{
    /// <summary>Number of the connection.</summary>
    public int Connection { get; } = connection;

    /// <summary>The MAIL line's path.</summary>
    public string From { get; } = from;

    /// <summary>When MAIL was seen, on the monotonic clock.</summary>
    public long BegunStamp { get; } = Stopwatch.GetTimestamp();

    /// <summary>When RCPT was seen.</summary>
    public long? RcptStamp { get; internal set; }

    /// <summary>When the text was invited.</summary>
    public long? DataStamp { get; internal set; }

    /// <summary>When the answer to the end of data was written; null when none was.</summary>
    public long? ReplyStamp { get; internal set; }

    /// <summary>When it was over for the sink: answered, refused, taken back, or the connection gone.</summary>
    public long? EndStamp { get; internal set; }

    /// <summary>The whole answer to the end of data.</summary>
    public string? ReplyText { get; internal set; }

    /// <summary>The Message-ID without its brackets, when kept.</summary>
    public string? MessageId { get; internal set; }

    /// <summary>Parameters of MAIL.</summary>
    public string MailParameters { get; internal set; } = "";

    /// <summary>The RCPT lines' paths.</summary>
    public List<string> To { get; } = [];

    /// <summary>Bytes of the body as they came, without the end of data.</summary>
    public long Length { get; internal set; }

    /// <summary>The mail's bytes, when kept.</summary>
    public byte[]? Data { get; internal set; }

    /// <summary>When the end of data was seen; null if it was not.</summary>
    public DateTimeOffset? DotSeenAt { get; internal set; }

    /// <summary>The same on the monotonic clock.</summary>
    public long? DotStamp { get; internal set; }

    /// <summary>The code said after the dot; null when nothing was.</summary>
    public int? ReplyCode { get; internal set; }

    /// <summary>The sink took the mail, whether or not the client heard of it.</summary>
    public bool Accepted { get; internal set; }
}

namespace EmailTasks.Contracts;

/// <summary>The limits of a request. Those of single members stand beside their records.</summary>
public static class Limits
{
    /// <summary>A body's bytes: 10,000 recipients with a few variables fit, a disk image doesn't.</summary>
    public const int BodyBytes = 16 * 1024 * 1024;

    /// <summary>Nesting of a body; the deepest valid one needs 5.</summary>
    public const int BodyDepth = 16;

    /// <summary>Problems listed at once; more would bury the first.</summary>
    public const int ProblemsListed = 20;

    /// <summary>Recipients in one call: one write transaction stays short.</summary>
    public const int RecipientsPerCall = 10_000;

    /// <summary>Recipients of one task.</summary>
    public const int RecipientsPerTask = 1_000_000;

    /// <summary>Variables of one recipient.</summary>
    public const int VariablesPerRecipient = 50;

    /// <summary>Characters of one variable.</summary>
    public const int VariableCharacters = 2_000;

    /// <summary>Bytes of an HTML or text body.</summary>
    public const int ContentBytes = 512 * 1024;

    /// <summary>Product cards of one task.</summary>
    public const int ProductsPerTask = 5;

    /// <summary>Rows a page may hold.</summary>
    public const int PageSizeMax = 100;

    /// <summary>Rows a page holds unless told.</summary>
    public const int PageSizeDefault = 20;

    /// <summary>Rows that page numbers reach; beyond them a cursor is cheap and an offset isn't.</summary>
    public const int PageRowsMax = 10_000;

    /// <summary>Where counting with a keyword stops.</summary>
    public const int CountMax = 10_000;

    /// <summary>Characters of an address: RFC 5321 §4.5.3.1.3 (path of 256 octets with its brackets).</summary>
    public const int AddressCharacters = 254;

    /// <summary>Least and most characters of an idempotency key.</summary>
    public const int IdempotencyKeyMin = 8;

    /// <inheritdoc cref="IdempotencyKeyMin"/>
    public const int IdempotencyKeyMax = 128;

    /// <summary>Least characters of a plan digest's prefix.</summary>
    public const int PlanPrefixMin = 12;

    /// <summary>Plans made at once on one node: each walks all recipients, and sending goes on beside them.</summary>
    public const int PlansAtOnce = 2;

    /// <summary>Bytes of recipients and creators taken in at once on one node: each body holds several times its size while it is.</summary>
    public const int ImportBytesAtOnce = 20 * 1024 * 1024;

    /// <summary>What an import counts for at least, however small: no more than five at once.</summary>
    public const int ImportBytesLeast = 4 * 1024 * 1024;

    /// <summary>HTML read, cleaned or rendered at once on one node.</summary>
    public const int CleaningsAtOnce = 2;

    /// <summary>Recounts of everything at once on one node.</summary>
    public const int CountsAtOnce = 1;

    /// <summary>Stops at once on one node; more of them wait, none is refused.</summary>
    public const int StopsAtOnce = 8;

    /// <summary>Reads of calls at once on one node. The stores keep connections beyond them for stops and for sending.</summary>
    public const int ReadsAtOnce = 16;

    /// <summary>Seconds that work waits for its turn before it is told to come again.</summary>
    public const int TurnSeconds = 5;

    /// <summary>Calls of one key that may wait for their turn; more would only come too late.</summary>
    public const int TurnsWaiting = 100;

    /// <summary>Bytes of large bodies in memory at once: one of the largest, and some beside it. Taken in, each is many times its size.</summary>
    public const int BodiesInFlightBytes = BodyBytes + (BodyBytes / 4);

    /// <summary>Up to here a body is small: it never waits behind large ones.</summary>
    public const int SmallBodyBytes = 64 * 1024;

    /// <summary>Bytes of small bodies in memory at once.</summary>
    public const int SmallBodiesInFlightBytes = 16 * 1024 * 1024;

    /// <summary>A body of a stop: 10,000 addresses of full length fit. Those have memory of their own.</summary>
    public const int StopBodyBytes = 4 * 1024 * 1024;

    /// <summary>Seconds a body may take to arrive: who sends one byte now and then must not keep its place.</summary>
    public const int BodySeconds = 120;

    /// <summary>Event streams of one key at once.</summary>
    public const int StreamsPerKey = 20;

    /// <summary>Tasks one key may create in a day (UTC), copies among them.</summary>
    public const int TasksPerKeyDay = 2_000;

    /// <summary>Tasks one key may copy in a day (UTC): a copy may bring a million recipients along.</summary>
    public const int CopiesPerKeyDay = 200;

    /// <summary>Keys one key may make in a day (UTC).</summary>
    public const int KeysPerKeyDay = 100;

    /// <summary>Forced calls of one key in a day (UTC): each is kept for its idempotency key, and most in the audit for ever.</summary>
    public const int ChangesPerKeyDay = 200_000;

    /// <summary>Bytes that forced calls of one key may bring and leave behind in a day (UTC).</summary>
    public const long BytesPerKeyDay = 2L * 1024 * 1024 * 1024;

    /// <summary>Characters up to which a text stands in a kept answer itself; longer ones are kept once, by their digest.</summary>
    public const int KeptTextCharacters = 1_000;
}

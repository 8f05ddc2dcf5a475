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
}

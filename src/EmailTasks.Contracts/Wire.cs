namespace EmailTasks.Contracts;

/// <summary>Where a member of an input comes from.</summary>
public enum WireIn
{
    Body,
    Path,
    Query,
}

/// <summary>What a wire member means and what it may be: read by the schema, the gate and the command line.</summary>
/// <param name="description">One sentence: meaning, unit, limits that no number says.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class WireAttribute(string description) : Attribute
{
    /// <summary>One sentence: meaning and unit.</summary>
    public string Description { get; } = description;

    /// <summary>Where it comes from.</summary>
    public WireIn In { get; init; } = WireIn.Body;

    /// <summary>Least characters (Unicode scalars), items, entries, or the least number.</summary>
    public long Min { get; init; } = long.MinValue;

    /// <summary>Most characters (Unicode scalars), items, entries, or the greatest number.</summary>
    public long Max { get; init; } = long.MaxValue;

    /// <summary>Most bytes in UTF-8.</summary>
    public int MaxBytes { get; init; } = int.MaxValue;

    /// <summary>For maps and arrays of text: most characters of one value.</summary>
    public int MaxEach { get; init; } = int.MaxValue;

    /// <summary>CR, LF and control characters are refused: the value goes into a header field or one line.</summary>
    public bool SingleLine { get; init; }

    /// <summary>The allowed words.</summary>
    public string[]? Values { get; init; }

    /// <summary>A comma-separated list of <see cref="Values"/>.</summary>
    public bool Csv { get; init; }

    /// <summary>The prefix of the kind of id this is, e.g. <c>tsk</c>.</summary>
    public string? Id { get; init; }

    /// <summary>Never echoed, logged or stored in clear; the command line also takes <c>{"env":…}</c> and <c>{"file":…}</c>.</summary>
    public bool Secret { get; init; }

    /// <summary>A map's values may be null (null removes).</summary>
    public bool NullableValues { get; init; }

    /// <summary>A map's keys are variable names.</summary>
    public bool VariableKeys { get; init; }

    /// <summary>One of <see cref="WireFormat"/>.</summary>
    public string? Format { get; init; }

    /// <summary>How much of it an answer tells.</summary>
    public Told Told { get; init; }

    /// <summary>What stands of it where an answer tells less: items of a list, characters of a text, bytes that are no long text.</summary>
    public int First { get; init; }

    internal static readonly WireAttribute None = new("");
}

/// <summary>Text formats that the gate checks.</summary>
public static class WireFormat
{
    /// <summary>An http or https URL.</summary>
    public const string HttpUrl = "uri";

    /// <summary>An RFC 3339 instant with an offset.</summary>
    public const string Instant = "date-time";

    /// <summary>A decimal number as text, e.g. <c>49.00</c>.</summary>
    public const string Decimal = "decimal";

    /// <summary>A mail address.</summary>
    public const string Email = "email";

    /// <summary>An ISO 4217 code, three capital letters.</summary>
    public const string Currency = "currency";

    /// <summary>An ISO 3166-1 code, two capital letters.</summary>
    public const string Country = "country";

    /// <summary>A wall clock time <c>HH:mm</c>.</summary>
    public const string WallTime = "wall-time";

    /// <summary>A number of days, e.g. <c>30d</c>, up to 365.</summary>
    public const string Days = "days";

    /// <summary>An IANA time zone name.</summary>
    public const string TimeZone = "time-zone";
}

/// <summary>What must hold between the members of an object.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class MembersAttribute : Attribute
{
    /// <summary>Exactly one of these must be present.</summary>
    public string[]? ExactlyOne { get; init; }

    /// <summary>At least one of these must be present and not null.</summary>
    public string[]? AtLeastOne { get; init; }
}

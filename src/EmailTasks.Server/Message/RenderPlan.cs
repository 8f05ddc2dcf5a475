namespace EmailTasks.Server.Message;

/// <summary>A product as it was copied into the task.</summary>
/// <param name="Title">Shown to the recipient.</param>
/// <param name="Link">http or https.</param>
/// <param name="Price">Decimal text such as <c>49.00</c>, or null.</param>
/// <param name="Currency">ISO 4217, or null.</param>
/// <param name="ThumbnailUrl">http or https, or null.</param>
public sealed record ProductCard(string Title, string Link, string? Price, string? Currency, string? ThumbnailUrl);

/// <summary>What is the same for every recipient of a task, as the plan fixed it; rendering reads nothing else.</summary>
/// <param name="SenderAddress">The mailbox address; its domain is the right side of every Message-ID.</param>
/// <param name="FromName">The name beside it, or null.</param>
/// <param name="ReplyTo">Another address for answers, or null.</param>
/// <param name="PostalAddress">The account's, or null.</param>
/// <param name="Footer">What is added below the content, or null.</param>
/// <param name="Products">The task's products in order.</param>
/// <param name="Links">What of the message points at this server.</param>
public sealed record RenderPlan(
    string SenderAddress, string? FromName, string? ReplyTo, string? PostalAddress, Footer? Footer, IReadOnlyList<ProductCard> Products, OwnLinks Links);

/// <summary>What of a message points at this server. Without a public URL nothing does.</summary>
/// <param name="PublicUrl">Where recipients reach this server, without a slash at its end, or null.</param>
/// <param name="Opens">Whether the HTML ends with the open pixel.</param>
/// <param name="Clicks">Whether the HTML's web links lead through this server.</param>
/// <param name="OneClick">Whether the header promises that a POST unsubscribes (RFC 8058).</param>
public sealed record OwnLinks(string? PublicUrl, bool Opens, bool Clicks, bool OneClick)
{
    /// <summary>Opting out by mail, and nothing else.</summary>
    public static readonly OwnLinks None = new(null, false, false, false);
}

/// <summary>One recipient as the plan fixed it.</summary>
/// <param name="Address">Checked before it was stored: one address, the domain an A-label.</param>
/// <param name="Name">Or null.</param>
/// <param name="Variables">By name; null when there are none. A variable can't stand in for a built-in name.</param>
public sealed record MessageRecipient(string Address, string? Name, IReadOnlyDictionary<string, string>? Variables);

/// <summary>The tokens of one delivery.</summary>
/// <param name="MessageId">Left side of the Message-ID.</param>
/// <param name="Unsubscribe">Names the delivery in an opt-out.</param>
/// <param name="Open">Names it in the open pixel.</param>
/// <param name="Click">Names it and a link, by the link's number.</param>
public sealed record MessageTokens(string MessageId, string Unsubscribe, string Open, Func<int, string> Click)
{
    /// <summary>The length of every real token, of <c>[a-z2-7]</c>.</summary>
    public const int Length = 45;

    /// <summary>The length of a click's token, which names a link too.</summary>
    public const int ClickLength = 48;

    private static readonly string InertClick = new('d', ClickLength);

    /// <summary>For previews and digests: the shape of real tokens, and the same for everybody.</summary>
    public static MessageTokens Inert { get; } = new(new string('a', Length), new string('b', Length), new string('c', Length), _ => InertClick);
}

/// <summary>A message in words, before MIME.</summary>
/// <param name="Subject">Unfolded, not encoded.</param>
/// <param name="Html">The document, or null.</param>
/// <param name="Text">The plain text.</param>
/// <param name="DefaultsUsed">Names for which this recipient had no value, sorted.</param>
/// <param name="Tokens">The tokens that are in it.</param>
public sealed record RenderedText(string Subject, string? Html, string Text, IReadOnlyList<string> DefaultsUsed, MessageTokens Tokens);

/// <summary>Why one recipient can't be mailed.</summary>
/// <param name="Code"><c>missing_variable</c>, <c>bad_url</c>, <c>control_character</c> or <c>too_long</c>.</param>
/// <param name="Variable">The variable or built-in at fault, or null when it is the sender's data.</param>
/// <param name="Problem">What is wrong, without the value.</param>
/// <param name="Fix">What to do.</param>
public sealed record RenderProblem(string Code, string? Variable, string Problem, string Fix);

/// <summary>The text, or every problem of this recipient.</summary>
public sealed record RenderResult(RenderedText? Text, IReadOnlyList<RenderProblem> Problems);

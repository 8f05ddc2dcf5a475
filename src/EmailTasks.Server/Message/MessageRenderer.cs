using System.Security.Cryptography;
using System.Text;
using EmailTasks.Core.Content;
using MimeKit;

namespace EmailTasks.Server.Message;

/// <summary>
/// Renders one plan. Pure and without state of its own between calls: threads share an instance, and a message depends
/// on nothing but the content, the plan, the recipient, the tokens and the date.
/// </summary>
public sealed class MessageRenderer
{
    private readonly MessageProgram _program;
    private readonly MimeWriter _mime;

    /// <summary>Prepares what all recipients share.</summary>
    public MessageRenderer(CompiledContent content, RenderPlan plan)
    {
        _program = new MessageProgram(content, plan);
        _mime = new MimeWriter(plan);
    }

    /// <summary>The message in words, or all problems of this recipient at once.</summary>
    public RenderResult Render(MessageRecipient recipient, MessageTokens tokens)
    {
        var defaults = new List<string>();
        var problems = _program.Evaluate(recipient, tokens, defaults, out var values);
        if (problems.Count > 0) return new RenderResult(null, problems);
        defaults.Sort(StringComparer.Ordinal);
        return new RenderResult(_program.Write(values, defaults, tokens), problems);
    }

    /// <summary>
    /// The problems <see cref="Render"/> would report, found without writing anything: it is called for every recipient
    /// of a plan. Names whose default was used are added to the collection, once each.
    /// </summary>
    public IReadOnlyList<RenderProblem> Check(MessageRecipient recipient, ICollection<string> defaultsUsed) =>
        Check(recipient, defaultsUsed, out _);

    /// <summary>The same, with the values it found, for who looks at what readers will see; <see cref="Slot"/> says which is whose.</summary>
    internal IReadOnlyList<RenderProblem> Check(MessageRecipient recipient, ICollection<string> defaultsUsed, out ValueResult[] values) =>
        _program.Evaluate(recipient, MessageTokens.Inert, defaultsUsed, out values);

    /// <summary>Where an output's value stands; -1 when the content has no such output.</summary>
    internal int Slot(VariableNode output) => _program.Slot(output);

    /// <summary>How many links of the HTML can be counted.</summary>
    public int Links => _program.Links;

    /// <summary>Where this recipient's counted links lead, by their number; none where clicks are not tracked.</summary>
    public IReadOnlyList<string> LinkTargets(MessageRecipient recipient) =>
        _program.CountsClicks ? [.. Enumerable.Range(1, Links).Select(n => LinkTarget(recipient, n)).OfType<string>()] : [];

    /// <summary>
    /// Where link number <paramref name="link"/> of this recipient's HTML leads: http or https, or null when there is no such
    /// link. Read from the content again, so that a token can name a link of it and nothing else.
    /// </summary>
    public string? LinkTarget(MessageRecipient recipient, int link) =>
        _program.Evaluate(recipient, MessageTokens.Inert, [], out var values).Count == 0 ? _program.Target(values, link) : null;

    /// <summary>
    /// The MIME message: multipart/alternative, or text/plain when there is no HTML; 7-bit and already encoded, so that
    /// sending it prepares and changes nothing. Only a local part beyond ASCII stays UTF-8 (RFC 6532).
    /// </summary>
    public MimeMessage BuildMime(RenderedText text, MessageRecipient recipient, MessageTokens tokens, DateTimeOffset date) =>
        _mime.Build(text, recipient, tokens, date);

    /// <summary>The bytes the message has on the wire, before dot-stuffing.</summary>
    public static byte[] ToBytes(MimeMessage message) => MimeWriter.ToBytes(message);

    /// <summary>
    /// Lower-case hex SHA-256 of the message's bytes with inert tokens and the date 1970-01-01: the same in a preview,
    /// in a plan and years later. A text with real tokens is rendered again.
    /// </summary>
    public string MessageDigest(RenderedText text, MessageRecipient recipient)
    {
        if (text.Tokens != MessageTokens.Inert) text = Render(recipient, MessageTokens.Inert).Text ?? text;
        using var message = BuildMime(text, recipient, MessageTokens.Inert, DateTimeOffset.UnixEpoch);
        return Convert.ToHexStringLower(SHA256.HashData(ToBytes(message)));
    }
}

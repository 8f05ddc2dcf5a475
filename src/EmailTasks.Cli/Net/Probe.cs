using System.Diagnostics;
using System.Text.Json;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Net;

/// <summary>A read that tells whether a server is there and takes the key.</summary>
/// <param name="Reply">What came.</param>
/// <param name="Read">The operation that was asked.</param>
internal sealed record Probe(Reply Reply, Op Read)
{
    private const double TimeoutSeconds = 15;

    /// <summary>True when the server knows the key; a key that may not do this read is known all the same. Null when nobody answered.</summary>
    public bool? KeyIsValid => Reply.Envelope is null ? null : Reply.ErrorCode is null or not ErrorCodes.InvalidApiKey;

    /// <summary>The answer's data, undefined without one.</summary>
    public JsonElement Data => Reply is { Envelope: { } bytes, ErrorCode: null } ? Show.Json.At(JsonDocument.Parse(bytes).RootElement, "data") : default;

    /// <summary>The server's version, or null.</summary>
    public string? ServerVersion => Reply.Envelope is { } bytes ? Show.Json.Text(JsonDocument.Parse(bytes).RootElement, "meta", "server_version") : null;

    /// <summary>Who the key is, where the server can say so; else the mailboxes, which every key may read.</summary>
    public static Probe Key(Target target, Globals globals) => Of(Catalogue.Find("whoami") ?? Catalogue.Find("key whoami") ?? MailboxOps.List, target, globals);

    /// <summary>Asks an operation that takes no argument.</summary>
    public static Probe Of(Op read, Target target, Globals globals)
    {
        using var caller = new Caller(target, new Trace(globals.Trace), TimeSpan.FromSeconds(globals.TimeoutSeconds ?? TimeoutSeconds));
        return new(caller.Call(read.Method, target.Url + read.Route, body: null, idempotencyKey: null, waits: false), read);
    }
}

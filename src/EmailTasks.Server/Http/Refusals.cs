using System.Security.Cryptography;
using EmailTasks.Contracts;

namespace EmailTasks.Server.Http;

/// <summary>What the gate itself refuses. No hint leads to a wider key: it says whom to ask.</summary>
internal static class Refusals
{
    private const string KeyHint = "Give your own key: `noxinfluencer auth --key-stdin`, or NOXINFLUENCER_API_KEY. Who has none asks a person who is an admin here.";

    /// <summary>Long enough that work under way has ended, mostly.</summary>
    private const int BusySeconds = 5;

    public static Refusal NoKey() => new(ErrorCodes.InvalidApiKey, "This call needs an API key.") { Action = new("login", null, KeyHint) };

    public static Refusal WrongKey() => new(ErrorCodes.InvalidApiKey, "The API key is not known here, or revoked.") { Action = new("login", null, KeyHint) };

    public static Refusal ExpiredKey() => new(ErrorCodes.InvalidApiKey, "The API key has expired.") { Action = new("login", null, KeyHint) };

    public static Refusal RoleNeeded(Op op, Role has) =>
        new(ErrorCodes.ScopeRequired, $"`{op.Command}` needs the role {RoleWords.Of(op.Role)}; this key's member is {RoleWords.Of(has)}.") { Action = new("approve", null, "Ask a person with that role.") };

    public static Refusal PersonNeeded(Op op) =>
        new(ErrorCodes.ScopeRequired, $"`{op.Command}` is for people; an agent's key never may.") { Action = new("approve", null, "Ask a person to do it with their own key.") };

    public static Refusal ScopeNeeded(Op op) =>
        new(ErrorCodes.ScopeRequired, $"`{op.Command}` needs the scope {op.Scope}; this key does not have it.") { Action = new("approve", null, "Ask a person for a key that has it.") };

    public static Refusal CommandBound(Op op) =>
        new(ErrorCodes.ScopeRequired, $"`{op.Command}` is not among the commands of this key.") { Action = new("approve", null, $"See {NextStep.Of(KeyOps.WhoAmI)}, and ask a person whose key may.") };

    public static Refusal TooManyCalls(int seconds) =>
        new(ErrorCodes.RateLimited, $"Too many calls with this key; wait {Plural.Of(seconds, "second")}.") { RetryAfterSeconds = seconds, Action = new("retry", null, "Repeat the call later with the same idempotency key.") };

    public static Refusal TooManyStreams() =>
        new(ErrorCodes.Unavailable, $"{OpenStreams.Most} streams are open already.") { RetryAfterSeconds = 5, Action = new("retry", null, "Repeat the call later, or ask with `email get`.") };

    public static Refusal PlanRequired(Op op, string why = "This key must name the plan it was shown") =>
        new(ErrorCodes.PlanRequired, $"{why}: `{op.Command}` with --plan.")
        {
            Problems = [new("plan", "missing", "No plan digest was given.", "Run it as a dry run, read the plan, then repeat the call and name plan_digest with --plan.")],
            Action = new("fix", null, "Run it as a dry run, read the plan, then repeat the call and name plan_digest with --plan."),
        };

    public static Refusal TooLarge(int bytes = Limits.BodyBytes) =>
        Refusal.Invalid("$", "too_large", $"The body is larger than {bytes / 1024 / 1024} MB.", "Split it into several calls.") with { Http = StatusCodes.Status413PayloadTooLarge };

    public static Refusal Busy(string what) => new(ErrorCodes.Unavailable, $"Too many {what} are being worked on at the moment.")
    {
        RetryAfterSeconds = BusySeconds, Action = new("retry", null, "Repeat the call later with the same idempotency key."),
    };

    public static Refusal TooSlow() => new(ErrorCodes.Unavailable, $"The body did not arrive within {Limits.BodySeconds} seconds.")
    {
        RetryAfterSeconds = BusySeconds, Action = new("retry", null, "Send smaller bodies, then repeat the call."),
    };

    public static Refusal NoRoute(string method, string path) =>
        new(ErrorCodes.NotFound, $"There is no {method} {TextCheck.Shown(path)} here.") { Action = new("fix", "/openapi.json", "See /openapi.json for what there is.") };

    public static Refusal WrongMethod(string method, string allow) =>
        Refusal.Invalid("method", "wrong_method", $"{method} is not allowed here.", $"Use {allow}.") with { Http = StatusCodes.Status405MethodNotAllowed };
}

/// <summary>API keys as people hold them: <c>nox_</c>, the key's id, a secret of 256 bits.</summary>
internal static class ApiKeys
{
    /// <summary>A new key for a key id.</summary>
    public static string New(string id) => $"nox_{id[4..]}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))}";

    /// <summary>The key's id, or null when the text is no key of ours.</summary>
    public static string? IdOf(string key)
    {
        var parts = key.Split('_');
        return parts is ["nox", { Length: > 0 } id, { Length: 64 }] ? "key_" + id : null;
    }
}

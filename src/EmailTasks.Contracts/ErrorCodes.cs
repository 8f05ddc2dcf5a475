namespace EmailTasks.Contracts;

/// <summary>One row of the table that maps a refusal to HTTP status and exit code.</summary>
/// <param name="Code">The stable <c>error_code</c>; <c>UPSTREAM_</c> rows end with the upstream's own code.</param>
/// <param name="Http">HTTP status, 0 where the command line alone gives it.</param>
/// <param name="Exit">The process's exit code.</param>
/// <param name="When">When it is given.</param>
public sealed record ErrorRow(string Code, int Http, int Exit, string When);

/// <summary>Every <c>error_code</c> the product gives: one table for the server, the command line and <c>agent exit-codes</c>.</summary>
public static class ErrorCodes
{
    public const string InternalError = "INTERNAL_ERROR";
    public const string InvalidRequest = "INVALID_REQUEST";
    public const string InvalidApiKey = "INVALID_API_KEY";
    public const string ScopeRequired = "SCOPE_REQUIRED";
    public const string NotFound = "NOT_FOUND";
    public const string InvalidState = "INVALID_STATE";
    public const string PlanChanged = "PLAN_CHANGED";
    public const string PlanRequired = "PLAN_REQUIRED";
    public const string IdempotencyMismatch = "IDEMPOTENCY_MISMATCH";
    public const string DuplicateData = "DUPLICATE_DATA";
    public const string Upstream = "UPSTREAM_";
    public const string InsufficientCredit = "INSUFFICIENT_CREDIT";
    public const string RateLimited = "RATE_LIMITED";
    public const string Unavailable = "UNAVAILABLE";
    public const string ServerUnreachable = "SERVER_UNREACHABLE";
    public const string AsyncNotReady = "ASYNC_NOT_READY";
    public const string CommandNotEnabled = "COMMAND_NOT_ENABLED";
    public const string ApprovalRequired = "APPROVAL_REQUIRED";
    public const string Interrupted = "INTERRUPTED";

    /// <summary>The table, in the order of exit codes.</summary>
    public static IReadOnlyList<ErrorRow> All { get; } =
    [
        new(InternalError, 500, 1, "A bug; keep the request_id."),
        new(InvalidRequest, 400, 2, "Wrong shape, value, file or option."),
        new(InvalidApiKey, 401, 3, "No key, or a wrong, revoked or expired one."),
        new(ScopeRequired, 403, 4, "This key may not do this: give up."),
        new(NotFound, 404, 5, "No such object in this account."),
        new(InvalidState, 409, 6, "Not in this status."),
        new(PlanChanged, 409, 6, "What was approved is no longer what would leave."),
        new(PlanRequired, 409, 6, "The plan that was shown must be named (--plan): always by an agent's key, by others where key or account ask for it."),
        new(IdempotencyMismatch, 409, 6, "This idempotency key was used for another request."),
        new(DuplicateData, 400, 7, "It exists already."),
        new(Upstream, 502, 8, "A mail or DNS server refused (UPSTREAM_<code>)."),
        new(InsufficientCredit, 403, 9, "A quota of this account or key is spent."),
        new(RateLimited, 429, 10, "Too many requests: retry after Retry-After; the idempotency key makes it safe."),
        new(Unavailable, 503, 10, "Retry later; the idempotency key makes it safe."),
        new(ServerUnreachable, 0, 10, "The server did not answer; retry later, the idempotency key makes it safe."),
        new(AsyncNotReady, 409, 11, "Not finished yet."),
        new(CommandNotEnabled, 0, 12, "Refused by --enable-commands."),
        new(ApprovalRequired, 403, 13, "A person must approve (action.url): wait."),
        new(Interrupted, 0, 130, "Interrupted."),
    ];

    /// <summary>The row of an <c>error_code</c>; an unknown code is a bug and answers as one.</summary>
    public static ErrorRow Row(string code) =>
        All.FirstOrDefault(r => r.Code == code)
        ?? (code.StartsWith(Upstream, StringComparison.Ordinal) ? All.First(r => r.Code == Upstream) : All[0]);
}

/// <summary>One thing that is wrong, where, and what to do about it.</summary>
/// <param name="Path">A JSON path (<c>$.recipients[3].email_address</c>) for a body, the bare name for a path, query or option; empty when it is about the call.</param>
/// <param name="Code">A stable word, e.g. <c>too_long</c>.</param>
/// <param name="Text">What is wrong, one sentence.</param>
/// <param name="Fix">What to do, one sentence.</param>
public sealed record Problem(string Path, string Code, string Text, string Fix);

/// <summary>Where a caller should go next: <c>redirect|retry|fix|approve|login</c>.</summary>
public sealed record NextAction(string Type, string? Url, string? Hint);

/// <summary>Why a call did nothing. A value, not an exception: it is part of what an operation can answer.</summary>
/// <param name="Code">One of <see cref="ErrorCodes"/>.</param>
/// <param name="Summary">One sentence: what happened and the way out.</param>
public sealed record Refusal(string Code, string Summary)
{
    /// <summary>What is wrong, item by item.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];

    /// <summary>Where to go next.</summary>
    public NextAction? Action { get; init; }

    /// <summary>Seconds to wait, for 429 and 503.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>An HTTP status other than the code's own (405, 413, 415).</summary>
    public int? Http { get; init; }

    /// <summary>Data that comes with the refusal (the plan), serialised.</summary>
    public byte[]? Data { get; init; }

    /// <summary>A wrong request with one problem.</summary>
    public static Refusal Invalid(string path, string code, string problem, string fix) =>
        new(ErrorCodes.InvalidRequest, problem) { Problems = [new(path, code, problem, fix)], Action = new("fix", null, fix) };

    /// <summary>A wrong request with several problems.</summary>
    public static Refusal Invalid(IReadOnlyList<Problem> problems) =>
        new(ErrorCodes.InvalidRequest, problems.Count == 1 ? problems[0].Text : $"{problems.Count} problems: {problems[0].Text}")
        {
            Problems = problems,
            Action = new("fix", null, problems[0].Fix),
        };

    /// <summary>No such object in this account; another account's object answers the same.</summary>
    public static Refusal NotFound(string kind, string id, string path) =>
        new(ErrorCodes.NotFound, $"There is no {kind} {id} in this account.")
        {
            Problems = [new(path, "not_found", $"There is no {kind} {id} in this account.", $"List the {kind}{(kind.EndsWith('x') ? "es" : "s")} and use an id from there.")],
        };

    /// <summary>Not in this status.</summary>
    public static Refusal State(string problem, string fix) =>
        new(ErrorCodes.InvalidState, problem) { Problems = [new("", "invalid_state", problem, fix)], Action = new("fix", null, fix) };
}

using EmailTasks.Contracts;

namespace EmailTasks.Server.Http;

/// <summary>What the gate itself reads of a request: is it forced, its idempotency key, the plan it approves.</summary>
internal sealed record Flags(bool Forced, string? IdempotencyKey, string? Plan)
{
    /// <summary>Reads them; a mutation without <c>dry_run=false</c> is a dry run.</summary>
    public static (Flags Flags, List<Problem> Problems) Read(Op op, HttpContext http)
    {
        var problems = new List<Problem>();
        if (!op.IsMutation) return (new Flags(false, null, null), problems);
        var dryRun = One(http, "dry_run", problems);
        if (dryRun is not (null or "true" or "false")) problems.Add(new("dry_run", "wrong_type", "dry_run must be true or false.", "Leave it out for a dry run, or write dry_run=false."));
        var plan = One(http, "plan", problems);
        if (plan is not null && !op.TakesPlan) problems.Add(new("plan", "unknown_parameter", "This call takes no plan.", "Leave --plan out; it belongs to send and schedule."));
        else if (plan is not null && PlanProblem(plan) is { } wrong) problems.Add(wrong);
        var key = http.Request.Headers["Idempotency-Key"].ToString();
        var forced = dryRun == "false";
        if (KeyText.In(key)) problems.Add(TextCheck.KeyProblem("idempotency_key"));
        else if (key.Length > 0 && !IsKey(key))
            problems.Add(new("idempotency_key", "bad_format", $"An idempotency key has {Limits.IdempotencyKeyMin} to {Limits.IdempotencyKeyMax} visible ASCII characters.", "Use a UUID."));
        else if (forced && key.Length == 0)
            problems.Add(new("idempotency_key", "missing", "A forced call needs an Idempotency-Key header.", "Send a new UUID with each call, and the same one when you repeat it."));
        return (new Flags(forced, key.Length == 0 || KeyText.In(key) ? null : key, plan), problems);
    }

    /// <summary>A body must be declared as JSON, so that a form post from a web page is never one.</summary>
    public static Refusal? ContentTypeProblem(HttpContext http)
    {
        var request = http.Request;
        var hasBody = request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0;
        if (!hasBody || request.HasJsonContentType()) return null;
        return Refusal.Invalid("content-type", "wrong_content_type", "The body is not declared as JSON.", "Send Content-Type: application/json.") with { Http = StatusCodes.Status415UnsupportedMediaType };
    }

    /// <summary>How much of the answer is to be told.</summary>
    public static ShortAnswer Told(Op op, HttpContext http, List<Problem> problems)
    {
        foreach (var name in ShortAnswer.Parameters.Where(n => ShortAnswer.Takes(op, n))) One(http, name, problems);
        return ShortAnswer.Read(op, http.Request.Query, problems);
    }

    private static string? One(HttpContext http, string name, List<Problem> problems)
    {
        if (!http.Request.Query.TryGetValue(name, out var values)) return null;
        if (values.Count > 1) problems.Add(new(name, "duplicate_parameter", $"{name} stands twice.", "Keep one of them."));
        return values[0];
    }

    private static Problem? PlanProblem(string plan) =>
        plan.Length is >= Limits.PlanPrefixMin and <= 66 && plan.StartsWith("p1", StringComparison.Ordinal) && plan.All(char.IsAsciiLetterOrDigit)
            ? null
            : new("plan", "bad_format", $"A plan digest starts with p1 and has at least {Limits.PlanPrefixMin} characters.", "Copy plan_digest from the dry run.");

    private static bool IsKey(string key) =>
        key.Length is >= Limits.IdempotencyKeyMin and <= Limits.IdempotencyKeyMax && key.All(c => c is > ' ' and < '\x7f');
}

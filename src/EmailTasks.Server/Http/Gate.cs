using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EmailTasks.Contracts;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Storage;

namespace EmailTasks.Server.Http;

/// <summary>
/// The one way in: who calls, may they, what did they send, is it forced, was it asked before, what is answered. Once,
/// here, for every operation.
/// </summary>
internal sealed partial class Gate(App app, IHostApplicationLifetime lifetime, ILogger<Gate> log)
{
    /// <summary>
    /// Where the HTTP server itself closes the connection. Well above <see cref="Limits.BodyBytes"/>: a caller that is still
    /// writing when the connection closes sees a broken pipe instead of the 413, and tries again.
    /// </summary>
    public const long ServerBodyBytes = 4L * Limits.BodyBytes;

    /// <summary>Serves one request of one operation.</summary>
    public async Task Serve(HttpContext http, Handler handler)
    {
        var started = Stopwatch.GetTimestamp();
        var requestId = app.Ids.New("req");
        var asked = new Asked(requestId, started, null, null);
        try
        {
            await Serve(http, handler, asked);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller hung up; whatever was committed stays committed, and the idempotency key tells it.
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            await Refuse(http, Refusals.TooLarge(), asked);
        }
        catch (StoreUnavailableException e)
        {
            LogUnavailable(requestId, handler.Op.Command, e);
            await Refuse(http, new Refusal(ErrorCodes.Unavailable, "The database did not take the change; nothing of it is there.") { RetryAfterSeconds = 5, Action = new("retry", null, "Repeat the call with the same idempotency key.") }, asked);
        }
        catch (Exception e) when (e is not BadHttpRequestException)
        {
            LogBug(requestId, handler.Op.Command, e);
            await Refuse(http, new Refusal(ErrorCodes.InternalError, $"A bug in the server; keep the request_id {requestId}."), asked);
        }
    }

    private async Task Serve(HttpContext http, Handler handler, Asked asked)
    {
        var op = handler.Op;
        var (key, denied) = await Authenticate(http, Work.Stops(op));
        var (flags, wrong) = Flags.Read(op, http);
        denied ??= key is null ? null : TooMany(key, op, http) ?? Rights.Missing(op, key, flags.Forced);
        if (denied is not null && key is not null) denied = await app.Store.Read(db => Whom.Named(db, denied, op, key));
        if (denied is not null)
        {
            await Refuse(http, denied, asked);
            return;
        }
        asked = asked with { DryRun = op.IsMutation ? !flags.Forced : null, IdempotencyKey = flags.IdempotencyKey, Told = Flags.Told(op, http, wrong) };
        if (Flags.ContentTypeProblem(http) is { } contentType)
        {
            await Refuse(http, contentType, asked);
            return;
        }
        var (body, unread) = await RequestBody.Read(http, op, key!.Id, app.Work, app.Time);
        using var share = body;
        if (unread is not null)
        {
            await Refuse(http, unread, asked);
            return;
        }
        var (problems, input, hash, hasBody) = Input(http, op, body!.Take());
        body.Read();
        problems = [.. wrong, .. problems];
        if (problems.Count > 0)
        {
            await Refuse(http, Refusal.Invalid(problems), asked);
            return;
        }
        if (await KeyAddresses.ForeignTask(app.Store, op, key, input) is { } foreign)
        {
            await Refuse(http, foreign.At("task_id"), asked);
            return;
        }
        var call = new Call(app, op, key, asked.RequestId, flags.Forced, flags.IdempotencyKey, hash, flags.Plan, Steps.Own(op, http, hasBody)) { BodyBytes = input.Length };
        if (op.Carries == Carries.Events)
        {
            await Tell(http, handler, call, input, asked);
            return;
        }
        using var turn = await app.Work.Turn(op, key.Id, input.Length, http.RequestAborted);
        if (turn is null) await Refuse(http, Refusals.Busy("calls of this kind"), asked);
        else await Reply(http, op, call, await Run(handler, call, input, flags.Forced, http.RequestAborted), asked);
    }

    /// <summary>In a method of its own, so that the body is gone when the work begins.</summary>
    private (List<Problem> Problems, byte[] Input, string Hash, bool HasBody) Input(HttpContext http, Op op, byte[] body)
    {
        var problems = RequestInput.Read(op, http.Request.RouteValues, http.Request.Query, body, out var input);
        return (problems, input, problems.Count > 0 ? "" : app.Keys.HashRequest(op.Method, http.Request.Path + ShortAnswer.Asked(http.Request.QueryString), body), body.Length > 0);
    }

    /// <summary>
    /// A repeated call is answered from what is stored, before the slice runs, and again after a refusal: the twin that
    /// won may have committed while this one was reading.
    /// </summary>
    private static async Task<Answer> Run(Handler handler, Call call, byte[] input, bool forced, CancellationToken ct)
    {
        if (forced && await handler.Before(call) is { } before) return before;
        if (forced && Rights.LacksPlan(call.Op, call.Key, call.Plan)) return Answer.Of<object>(Refusals.PlanRequired(call.Op), call.Op);
        var answer = await handler.Run(input, call, ct);
        return forced && answer.Refusal is not null && await handler.Before(call) is { Replayed: true } twin ? twin : answer;
    }

    private async Task<(KeyRow? Key, Refusal? Denied)> Authenticate(HttpContext http, bool stops)
    {
        var header = http.Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return (null, Refusals.NoKey());
        var text = header["Bearer ".Length..].Trim();
        if (ApiKeys.IdOf(text) is not { } id) return (null, Refusals.WrongKey());
        var key = await app.Work.Read(app.Store, "", stops, db => KeyRows.Load(db, id));
        var given = Encoding.ASCII.GetBytes(app.Keys.HashApiKey(text));
        if (key is null || !CryptographicOperations.FixedTimeEquals(given, Encoding.ASCII.GetBytes(key.Hash))) return (null, Refusals.WrongKey());
        return Rights.Ended(key, app.Store.Now) is { } ended ? (null, ended) : (key, null);
    }

    /// <summary>A stop is never one call too many; a dry run of one stops nothing.</summary>
    private Refusal? TooMany(KeyRow key, Op op, HttpContext http) =>
        Work.Stops(op) && http.Request.Query["dry_run"] == "false" ? null
        : app.Rates.Take(key.Id, app.Time.GetElapsedTime(0)) is { } wait ? Refusals.TooManyCalls((int)Math.Ceiling(wait.TotalSeconds))
        : null;

    private async Task Reply(HttpContext http, Op op, Call call, Answer answer, Asked asked)
    {
        if (answer.Refusal is { } refusal)
        {
            await Refuse(http, Short(op, refusal, asked), asked);
            return;
        }
        var meta = Meta(asked) with { IdempotentReplay = answer.Replayed ? true : null };
        var envelope = asked.DryRun == true
            ? Envelope.Success(false, WithoutNewIds(Short(op, answer, asked), call), answer.DryRunSummary, Steps.Offered(call.ItsForcedCall(answer.Plan ?? call.Plan), call.Key), meta)
            : Envelope.Success(op.IsMutation ? true : null, Short(op, answer, asked), answer.Summary, Steps.Offered(answer.Next, call.Key), meta, Steps.Offered(answer.Undo, call.Key));
        await Write(http, StatusCodes.Status200OK, envelope);
    }

    private static byte[] Short(Op op, Answer answer, Asked asked) => asked is { DryRun: true } && answer.DryRunData is { } plan
        ? asked.Told!.Of(op, plan, Shape.Of(op.DryRunOutput!))
        : asked.Told!.Of(op, answer.Data!, op.OutputShape);

    /// <summary>What a refused start carries is its plan.</summary>
    private static Refusal Short(Op op, Refusal refusal, Asked asked) =>
        op.DryRunOutput is { } plan && refusal.Data is { } data ? refusal with { Data = asked.Told!.Of(op, data, Shape.Of(plan)) } : refusal;

    /// <summary>Writes a refusal; also for what never reaches an operation.</summary>
    public async Task Refuse(HttpContext http, Refusal refusal, Asked? asked = null)
    {
        if (http.Response.HasStarted) return;
        asked ??= new Asked(app.Ids.New("req"), Stopwatch.GetTimestamp(), null, null);
        if (refusal.RetryAfterSeconds is { } seconds) http.Response.Headers.RetryAfter = seconds.ToString();
        await Write(http, refusal.Http ?? ErrorCodes.Row(refusal.Code).Http, Envelope.Failure(refusal, Meta(asked)));
    }

    private static Meta Meta(Asked asked) =>
        new(asked.RequestId, Stopwatch.GetElapsedTime(asked.Started).TotalMilliseconds, asked.DryRun, asked.IdempotencyKey, null, ServerOptions.Version);

    private static async Task Write(HttpContext http, int status, byte[] envelope)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.ContentLength = envelope.Length;
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.Body.WriteAsync(envelope);
    }

    /// <summary>Ids a dry run would have made are not the ones the real call makes.</summary>
    private static byte[] WithoutNewIds(byte[] data, Call call)
    {
        if (call.Created.Count == 0) return data;
        var node = JsonNode.Parse(data);
        Blank(node, call.Created);
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Envelope.Options)) node!.WriteTo(writer);
        return buffer.ToArray();
    }

    private static void Blank(JsonNode? node, IReadOnlyList<string> ids)
    {
        if (node is JsonObject members)
        {
            foreach (var (name, value) in members.ToList())
            {
                if (IsNew(value, ids)) members[name] = null;
                else Blank(value, ids);
            }
        }
        else if (node is JsonArray items)
        {
            foreach (var item in items) Blank(item, ids);
        }
    }

    private static bool IsNew(JsonNode? node, IReadOnlyList<string> ids) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && ids.Contains(text);

    [LoggerMessage(LogLevel.Error, "{RequestId} {Command}: bug")]
    private partial void LogBug(string requestId, string command, Exception e);

    [LoggerMessage(LogLevel.Warning, "{RequestId} {Command}: the store is unavailable")]
    private partial void LogUnavailable(string requestId, string command, Exception e);
}

/// <summary>What an answer repeats of its request.</summary>
internal sealed record Asked(string RequestId, long Started, bool? DryRun, string? IdempotencyKey, ShortAnswer? Told = null);

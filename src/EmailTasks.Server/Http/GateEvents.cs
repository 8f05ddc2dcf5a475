using EmailTasks.Contracts;

namespace EmailTasks.Server.Http;

/// <summary>The gate's way out for operations that carry events; the way in is the same for all.</summary>
internal sealed partial class Gate
{
    private readonly OpenStreams _streams = new();

    /// <summary>Tells what happens while it happens, as long as the key may hear it and the server runs.</summary>
    private async Task Tell(HttpContext http, Handler handler, Call call, byte[] input, Asked asked)
    {
        var (place, none) = _streams.Take(call.Key.Id);
        using var held = place;
        if (none is not null)
        {
            await Refuse(http, none, asked);
            return;
        }
        // Without this a stream would hold up a stop until the time for that runs out.
        using var until = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        var (refused, events) = await handler.Stream(input, call, until.Token);
        if (events is null)
        {
            await Reply(http, call.Op, call, refused!, asked);
            return;
        }
        var writer = new EventWriter(http, app.Time);
        try
        {
            var ended = await writer.Run(events.Items, () => call.Read(call.Ended));
            await writer.End(ended is not null ? Envelope.Failure(ended, Meta(asked)) : EnvelopeOf(events.End(), call, asked));
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested)
        {
            // Hung up, or stopping: the stream ends without an end, and whoever wants to know comes back.
        }
    }

    private static byte[] EnvelopeOf(Answer answer, Call call, Asked asked) =>
        answer.Refusal is { } refusal ? Envelope.Failure(refusal, Meta(asked)) : Envelope.Success(null, answer.Data!, answer.Summary, Steps.Offered(answer.Next, call.Key), Meta(asked));
}

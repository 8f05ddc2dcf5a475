using System.Diagnostics;
using EmailTasks.Server.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EmailTasks.Server.Hosting;

/// <summary>
/// Answers requests that the HTTP server cannot read (a path with %00, a broken header) with our envelope. They never become a
/// request that a middleware sees: the server announces them on its diagnostic source, and what is written there is the answer.
/// Where that is no longer possible, its own bare status stands.
/// </summary>
internal sealed partial class BrokenRequests(Ids ids, ILogger<BrokenRequests> log) : IObserver<KeyValuePair<string, object?>>
{
    private const string Announced = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    /// <summary>Listens for as long as the server lives.</summary>
    public static IDisposable Watch(IServiceProvider services, Ids ids) =>
        services.GetRequiredService<DiagnosticListener>().Subscribe(new BrokenRequests(ids, services.GetRequiredService<ILogger<BrokenRequests>>()), name => name == Announced);

    /// <inheritdoc/>
    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Value is not IFeatureCollection features || features.Get<IBadRequestExceptionFeature>()?.Error is not BadHttpRequestException problem) return;
        if (features.Get<IHttpResponseFeature>() is not { HasStarted: false } response || features.Get<IHttpResponseBodyFeature>() is not { } body) return;
        try
        {
            var envelope = Gate.Unasked(Refusals.Unreadable(problem.StatusCode), ids.New("req"));
            response.StatusCode = problem.StatusCode;
            response.Headers.ContentType = "application/json; charset=utf-8";
            response.Headers.ContentLength = envelope.Length;
            response.Headers.CacheControl = "no-store";
            response.Headers.Connection = "close";
            // Less than the pipe holds: this waits for nobody.
            body.Writer.WriteAsync(envelope).AsTask().GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            LogBare(e);
        }
    }

    /// <inheritdoc/>
    public void OnCompleted()
    {
    }

    /// <inheritdoc/>
    public void OnError(Exception error)
    {
    }

    [LoggerMessage(LogLevel.Debug, "A request that could not be read was answered without words")]
    private partial void LogBare(Exception e);
}

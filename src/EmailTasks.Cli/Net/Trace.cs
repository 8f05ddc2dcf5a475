using System.Buffers;
using System.Text.Json;
using EmailTasks.Cli.Show;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Net;

/// <summary>One JSON line on stderr per request, answer and wait. Never a key, never a body.</summary>
internal sealed class Trace(bool on)
{
    /// <summary>A request is about to leave.</summary>
    public void Request(int attempt, string method, string url) => Line("request", w =>
    {
        w.WriteNumber("attempt", attempt);
        w.WriteString("method", method);
        w.WriteString("url", url);
    });

    /// <summary>An answer came.</summary>
    public void Answer(int attempt, string method, string url, int status, double ms, string? requestId) => Line("answer", w =>
    {
        w.WriteNumber("attempt", attempt);
        w.WriteString("method", method);
        w.WriteString("url", url);
        w.WriteNumber("status", status);
        w.WriteNumber("ms", Math.Round(ms, 1));
        if (requestId is not null) w.WriteString("request_id", requestId);
    });

    /// <summary>No answer came.</summary>
    public void Failure(int attempt, string method, string url, double ms, string problem) => Line("failure", w =>
    {
        w.WriteNumber("attempt", attempt);
        w.WriteString("method", method);
        w.WriteString("url", url);
        w.WriteNumber("ms", Math.Round(ms, 1));
        w.WriteString("problem", problem);
    });

    /// <summary>The next attempt waits; a person is told when it is long.</summary>
    public void Wait(TimeSpan time, string why)
    {
        if (on) Line("wait", w =>
        {
            w.WriteNumber("ms", Math.Round(time.TotalMilliseconds));
            w.WriteString("why", why);
        });
        else if (time.TotalSeconds >= 2) Stderr.Line($"{why}; trying again in {time.TotalSeconds:0} s.");
    }

    private void Line(string what, Action<Utf8JsonWriter> members)
    {
        if (!on) return;
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Envelope.Options))
        {
            writer.WriteStartObject();
            writer.WriteString("event", what);
            members(writer);
            writer.WriteEndObject();
        }
        Stderr.Bytes(buffer.WrittenSpan.ToArray());
    }
}

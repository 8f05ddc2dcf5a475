using System.Diagnostics;
using System.Globalization;
using EmailTasks.Testing;

namespace EmailTasks.Chaos;

/// <summary>What the sink saw, event by event in order, and what the nodes logged: kept when something is wrong.</summary>
internal static class Evidence
{
    /// <summary>Writes it; answers the folder.</summary>
    public static async Task<string> Write(World world)
    {
        var folder = Directory.CreateTempSubdirectory("email-tasks-chaos-log-").FullName;
        var events = world.Sink.Log.SelectMany(Of).OrderBy(e => e.At).ToList();
        var first = events.Count == 0 ? 0 : events[0].At;
        await File.WriteAllLinesAsync(Path.Combine(folder, "sink.log"),
            events.Select(e => string.Create(CultureInfo.InvariantCulture, $"{(e.At - first) / (double)Stopwatch.Frequency:F6} {e.What}")));
        foreach (var node in world.Nodes) await File.WriteAllTextAsync(Path.Combine(folder, node.Name.Replace(' ', '-') + ".log"), node.Log);
        return folder;
    }

    private static IEnumerable<(long At, string What)> Of(SinkTransaction t)
    {
        var who = $"#{t.Connection} {t.From} {(t.To.Count > 0 ? t.To[0] : "")}";
        yield return (t.BegunStamp, $"MAIL {who}");
        if (t.RcptStamp is { } rcpt) yield return (rcpt, $"RCPT {who}");
        if (t.DataStamp is { } data) yield return (data, $"DATA {who}");
        if (t.DotStamp is { } dot) yield return (dot, $"DOT {who} {t.MessageId} {(t.Accepted ? "taken" : "not taken")}");
        if (t.ReplyStamp is { } reply) yield return (reply, $"REPLY {who} {t.ReplyText}");
        if (t.EndStamp is { } end) yield return (end, $"END {who}");
    }
}

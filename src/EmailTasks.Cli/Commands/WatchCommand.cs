using System.Diagnostics;
using System.Text.Json;
using EmailTasks.Cli.Net;
using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Commands;

/// <summary>
/// A command that follows something: JSON lines with the envelope last, or a live line on stderr and the answer at the end.
/// It only looks: however it ends, the task is as it was.
/// </summary>
internal static class WatchCommand
{
    /// <summary>A task may be scheduled for next year; who watches ends it, or gives --timeout.</summary>
    private static readonly TimeSpan Unlimited = TimeSpan.FromDays(400);

    /// <summary>Runs it.</summary>
    public static int Run(Line line, Output output)
    {
        if (Target.Choose(line.Globals.Server, out var target) is { } badTarget) return output.Refuse(badTarget);
        if (target.CheckKey() is { } badKey) return output.Refuse(badKey);
        var start = Stopwatch.GetTimestamp();
        Meta Meta() => new("", Stopwatch.GetElapsedTime(start).TotalMilliseconds, null, null, null, "");
        var task = line.Value("task_id")!;
        var live = new LiveLine();
        Interrupt.Watch(output, () =>
        {
            live.Clear();
            return (Interrupted(task), Meta());
        });
        using var reader = new EventReader(target, new Net.Trace(line.Globals.Trace), line.Globals.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : Unlimited);
        var readersGone = false;
        var reply = reader.Read(target.Url + RequestUrl.Of(line.Op!, line.Value), data =>
        {
            if (output.TellsInJson) return !(readersGone = !Output.Tell(data));
            using var document = JsonDocument.Parse(data);
            live.Show(document.RootElement);
            return true;
        });
        live.Clear();
        if (readersGone) return 0;
        if (reader.TimedOut) return output.Refuse(NotYet(task), Meta());
        return reply.Envelope is { } envelope ? output.Answer(NextLines.Into(envelope, line, dryRun: false)) : output.Refuse(Lost(reply, target), Meta());
    }

    private static Refusal Interrupted(string task) => new(ErrorCodes.Interrupted, "Stopped watching, which stops nothing.")
    {
        Action = new("fix", null, $"To hold it: {NextStep.Of(SendingOps.Pause, task)}"),
    };

    private static Refusal NotYet(string task) => new(ErrorCodes.AsyncNotReady, "The time to watch is over; the task is not settled.")
    {
        Problems = [new("--timeout", "not_ready", "The task was not settled in that time.", $"Watch on: {NextStep.Of(WatchOps.Watch, task)}")],
        Action = new("retry", null, $"Watch on: {NextStep.Of(WatchOps.Watch, task)}"),
    };

    private static Refusal Lost(Reply reply, Target target) => new(ErrorCodes.ServerUnreachable, $"{reply.Problem} What was being sent is sent on as long as the server runs.")
    {
        Problems = [new("server", "unreachable", $"{target.Url}: {reply.Problem}", reply.Fix)],
        Action = new("retry", null, reply.Fix),
    };
}

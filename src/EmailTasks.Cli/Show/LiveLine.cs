using System.Diagnostics;
using System.Text;
using System.Text.Json;
using EmailTasks.Cli.Lang;

namespace EmailTasks.Cli.Show;

/// <summary>
/// A task's progress on stderr: one line that is drawn over on a terminal, else a line now and then for a log. What comes
/// from the server is cleaned like everything a terminal gets.
/// </summary>
internal sealed class LiveLine
{
    private const int BarColumns = 20;

    /// <summary>A log gets a line at most this often, unless the status or what it waits for changed.</summary>
    private static readonly TimeSpan LogEvery = TimeSpan.FromSeconds(5);

    private readonly bool _terminal = Descriptor.IsTerminal(Descriptor.Error) && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
    private readonly bool _colour = Screen.Colour(Descriptor.IsTerminal(Descriptor.Error));
    private readonly Pace _pace = new();
    private bool _drawn;
    private string _said = "";
    private long _saidAt;

    /// <summary>Shows an event.</summary>
    public void Show(JsonElement e)
    {
        _pace.Add(e.Number("counts", "sent_count") ?? 0, Stopwatch.GetTimestamp());
        var text = Clean.Line(Text(e));
        if (_terminal) Draw(text, e);
        else Log(text, $"{e.Text("status")} {e.Text("waiting", "reason")} {e.Text("overdue")}");
    }

    /// <summary>Takes the line away, so that the answer stands alone.</summary>
    public void Clear()
    {
        if (_drawn) Write("\r\e[K");
        _drawn = false;
    }

    private void Draw(string text, JsonElement e)
    {
        var bar = Bar(e);
        var rest = Screen.Cut(text, Math.Max(10, Screen.Width - BarColumns - 4));
        Write($"\r{(_colour ? "\e[32m" : "")}{bar}{(_colour ? "\e[0m" : "")} {rest}\e[K");
        _drawn = true;
    }

    private void Log(string text, string what)
    {
        var now = Stopwatch.GetTimestamp();
        if (what == _said && Stopwatch.GetElapsedTime(_saidAt, now) < LogEvery) return;
        (_said, _saidAt) = (what, now);
        Stderr.Line(text);
    }

    private static string Bar(JsonElement e)
    {
        var (total, left) = (e.Number("counts", "recipient_count") ?? 0, Left(e));
        var done = total == 0 ? 0 : (int)((total - left) * BarColumns / total);
        return $"[{new string('#', done)}{new string('-', BarColumns - done)}]";
    }

    private static long Left(JsonElement e) => (e.Number("counts", "pending_count") ?? 0) + (e.Number("counts", "handed_count") ?? 0);

    private string Text(JsonElement e)
    {
        var text = new StringBuilder();
        void Add(string part) => text.Append(text.Length == 0 ? "" : "  ").Append(Said.Of(part));
        Add(e.Text("status") ?? "");
        Add($"{e.Number("counts", "sent_count") ?? 0} of {e.Number("counts", "recipient_count") ?? 0} sent");
        if (e.Number("counts", "failed_count") is > 0 and var failed) Add($"{failed} failed");
        if (e.Number("counts", "uncertain_count") is > 0 and var uncertain) Add($"{uncertain} uncertain");
        if (e.Text("status") == "scheduled" && e.Text("plan_send_at") is { } due) Add($"starts {Minute(due)}");
        if (e.At("overdue").ValueKind == JsonValueKind.True) Add("overdue: send, schedule or cancel it");
        if (e.Text("status") == "sending" && _pace.PerMinute is { } rate) Add($"{rate:0} a minute");
        if (e.Text("waiting", "reason") is { } reason) Add(e.Text("waiting", "until") is { } until ? $"waiting for {reason.Replace('_', ' ')} until {Minute(until)}" : $"waiting for {reason.Replace('_', ' ')}");
        if (e.Text("status") == "sending" && Ends(e) is { } end) Add($"done about {end}");
        return text.ToString();
    }

    /// <summary>The server knows limits and windows; without limits the pace so far is all there is.</summary>
    private string? Ends(JsonElement e) =>
        e.Text("last_mail_at") is { } last ? Minute(last)
        : _pace.PerMinute is > 0 and var rate ? Minute(TimeProvider.System.GetUtcNow().AddMinutes(Math.Min(Left(e) / rate, 600_000)).ToString("yyyy-MM-dd'T'HH:mm:ss"))
        : null;

    private static string Minute(string instant) => instant.Length >= 16 ? instant[..10] + " " + instant[11..16] + "Z" : instant;

    private static void Write(string text)
    {
        try
        {
            Descriptor.Write(Descriptor.Error, Encoding.UTF8.GetBytes(text));
        }
        catch (IOException)
        {
            // Nobody's answer depends on it.
        }
    }
}

/// <summary>Mails a minute, over the last minute that was watched.</summary>
internal sealed class Pace
{
    private static readonly TimeSpan Over = TimeSpan.FromMinutes(1);

    private readonly Queue<(long Sent, long At)> _seen = new();
    private (long Sent, long At) _last;

    /// <summary>The pace, or null while there is too little to tell.</summary>
    public double? PerMinute => _seen.Count > 0 && Stopwatch.GetElapsedTime(_seen.Peek().At, _last.At) is { TotalSeconds: > 0.5 } time ? (_last.Sent - _seen.Peek().Sent) / time.TotalMinutes : null;

    /// <summary>So many were sent at that moment.</summary>
    public void Add(long sent, long at)
    {
        _last = (sent, at);
        _seen.Enqueue(_last);
        while (Stopwatch.GetElapsedTime(_seen.Peek().At, at) > Over) _seen.Dequeue();
    }
}

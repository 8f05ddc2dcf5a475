namespace EmailTasks.Core.Dispatch;

/// <summary>What a forecast starts from.</summary>
/// <param name="Mails">How many are to leave.</param>
/// <param name="Start">From when on.</param>
public sealed record ForecastAsk(PaceLimits Limits, SendWindow? Window, long Mails, DateTimeOffset Start)
{
    /// <summary>The mailbox, whose spacing is drawn by its id.</summary>
    public string Mailbox { get; init; } = "";

    /// <summary>Begins so far.</summary>
    public long BeginNo { get; init; }

    /// <summary>When its spacing lets the next mail begin, UTC microseconds.</summary>
    public long? NextBeginAt { get; init; }

    /// <summary>Mails that have begun and not ended: they are expected to end at once.</summary>
    public int InFlight { get; init; }

    /// <summary>What has left lately.</summary>
    public IReadOnlyList<UsageBucket> Usage { get; init; } = [];

    /// <summary>How long one session is taken to need for one mail.</summary>
    public double SecondsPerMail { get; init; } = Forecasting.SmtpSeconds;

    /// <summary>Nobody begins at this instant or later.</summary>
    public DateTimeOffset? SendUntil { get; init; }

    /// <summary>Whose calendar days are counted when there is no window.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;
}

/// <summary>Mails of one calendar day.</summary>
public sealed record DayForecast(DateOnly Date, long Mails);

/// <summary>When it would leave.</summary>
/// <param name="FirstAt">The first begin; null when nobody leaves.</param>
/// <param name="LastAt">The end of the last; null when nobody leaves, or not all within <see cref="Forecasting.Horizon"/>.</param>
/// <param name="PerDay">By day in the mailbox's zone, in order.</param>
/// <param name="LimitedBy">What it waits for longest; <c>nothing</c> when it never waits.</param>
/// <param name="Left">Who has not left when it ends: at <c>send_until</c>, or at the horizon.</param>
public sealed record Forecast(DateTimeOffset? FirstAt, DateTimeOffset? LastAt, IReadOnlyList<DayForecast> PerDay, string LimitedBy, long Left);

/// <summary>Mails that leave one round after the other, with nothing between them that could stop them.</summary>
/// <param name="At">The first round's begin, UTC microseconds.</param>
/// <param name="Every">A round's length.</param>
/// <param name="AtOnce">Mails of a round; the last may be smaller.</param>
/// <param name="Mails">All of them.</param>
public sealed record Departure(long At, long Every, int AtOnce, long Mails)
{
    /// <summary>When the last round ends.</summary>
    public long Done => At + (Rounds * Every);

    /// <summary>How many rounds.</summary>
    public long Rounds => (Mails + AtOnce - 1) / AtOnce;
}

/// <summary>
/// When a task's mails would leave: the limits themselves (<see cref="Pacing"/>, <see cref="SendWindow"/>), asked on a
/// simulated clock that jumps from one instant at which an answer can change to the next. There is no second
/// implementation of them that could drift. The mailbox is taken to work for this task alone, and to stay well.
/// </summary>
public static class Forecasting
{
    /// <summary>How far a forecast looks. Whoever plans further ahead has chosen the wrong limits, not the wrong day.</summary>
    public static readonly TimeSpan Horizon = TimeSpan.FromDays(730);

    /// <summary>What a submission server usually needs for a mail, seconds.</summary>
    public const double SmtpSeconds = 1;

    /// <summary>What a file needs, seconds.</summary>
    public const double FileSeconds = 0.01;

    /// <summary>Runs it.</summary>
    public static Forecast Of(ForecastAsk ask)
    {
        var run = new ForecastRun(ask);
        var days = new CalendarDays(ask.Window?.Zone ?? ask.Zone);
        long? first = null, last = null;
        foreach (var departure in run.Departures())
        {
            first ??= departure.At;
            last = departure.Done;
            days.Add(departure.At, departure.Mails);
        }
        return new Forecast(ForecastRun.Instant(first), run.Left > 0 && !run.EndedBySendUntil ? null : ForecastRun.Instant(last), days.All, run.LimitedBy, run.Left);
    }

    /// <summary>The mails themselves, as they would leave.</summary>
    public static IEnumerable<Departure> Departures(ForecastAsk ask) => new ForecastRun(ask).Departures();
}

/// <summary>One simulated mailbox.</summary>
internal sealed class ForecastRun
{
    private readonly ForecastAsk _ask;
    private readonly PaceLimits _free; // how many sessions there are decides the rounds, not the permits
    private readonly PaceUsage _usage;
    private readonly long _every;
    private readonly long _end;
    private readonly Dictionary<string, long> _waits = new(StringComparer.Ordinal);
    private (long From, long Until)? _open;
    private long _now;
    private long _beginNo;
    private long? _nextBeginAt;
    private bool _stuck;

    public ForecastRun(ForecastAsk ask)
    {
        _ask = ask;
        _free = ask.Limits with { Connections = int.MaxValue };
        _usage = new PaceUsage(ask.Usage);
        _every = Math.Max(1, (long)(ask.SecondsPerMail * 1_000_000));
        _now = Micros(ask.Start);
        (_beginNo, _nextBeginAt) = (ask.BeginNo, ask.NextBeginAt);
        var horizon = _now + ((long)Forecasting.Horizon.TotalSeconds * 1_000_000);
        EndedBySendUntil = ask.SendUntil is { } until && Micros(until) < horizon;
        _end = EndedBySendUntil ? Micros(ask.SendUntil!.Value) : horizon;
        Left = ask.Mails;
        if (ask.InFlight > 0) _usage.Add(_now + _every, ask.InFlight);
    }

    /// <summary>Who has not left.</summary>
    public long Left { get; private set; }

    /// <summary>Whether it is <c>send_until</c> that ends it.</summary>
    public bool EndedBySendUntil { get; }

    /// <summary>What it waited for longest.</summary>
    public string LimitedBy => _waits.Count == 0 ? "nothing" : _waits.MaxBy(w => w.Value).Key;

    /// <summary>Runs until all have left, or the end.</summary>
    public IEnumerable<Departure> Departures()
    {
        while (Left > 0 && _now < _end && !_stuck)
        {
            if (Leave() is { } departure) yield return departure;
        }
    }

    public static DateTimeOffset? Instant(long? micros) => micros is { } at ? DateTimeOffset.UnixEpoch.AddTicks(at * TimeSpan.TicksPerMicrosecond) : null;

    private static long Micros(DateTimeOffset at) => (at.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>Mails that leave now, or null after a wait.</summary>
    private Departure? Leave()
    {
        if (!IsOpen()) return null;
        var permits = Pacing.Now(_free, new PaceState(0, _usage, _nextBeginAt), _now);
        if (permits.Count == 0)
        {
            Wait(permits.Reason!, permits.Until);
            return null;
        }
        var departure = Round(permits.Count);
        var lastRound = departure.Mails - ((departure.Rounds - 1) * departure.AtOnce);
        // Mails count where they end; all but the last round end within this bucket, or it would have been cut off there.
        if (departure.Mails > lastRound) _usage.Add(_now, departure.Mails - lastRound);
        _usage.Add(departure.Done, lastRound);
        Left -= departure.Mails;
        if (_ask.Limits.Spacing is { } spacing) _nextBeginAt = _now + spacing.Pause(_ask.Mailbox, ++_beginNo);
        _now = departure.Done;
        return departure;
    }

    /// <summary>As many rounds as begin before the next instant at which a permit, the window or the ramp can change.</summary>
    private Departure Round(int permits)
    {
        if (_ask.Limits.Spacing is not null) return new Departure(_now, _every, 1, 1);
        var bucketEnd = (PaceWindow.Minute.Bucket(_now) + 1) * PaceWindow.Minute.BucketSeconds * 1_000_000L;
        var until = Math.Min(Math.Min(bucketEnd, _end), Math.Min(_open?.Until ?? long.MaxValue, _ask.Limits.WarmUp?.NextRise(_now) ?? long.MaxValue));
        var rounds = (until - _now + _every - 1) / _every;
        return new Departure(_now, _every, _ask.Limits.Connections, Math.Min(Math.Min(Left, permits), rounds * _ask.Limits.Connections));
    }

    private bool IsOpen()
    {
        if (_ask.Window is not { } window) return true;
        if (_open is not { } known || _now >= known.Until)
        {
            var open = window.Open(Instant(_now)!.Value);
            _open = open is { } stretch ? (Micros(stretch.From), Micros(stretch.Until)) : null;
        }
        if (_open is { } now && now.From <= _now) return true;
        Wait("window", _open?.From);
        return false;
    }

    private void Wait(string reason, long? until)
    {
        var at = Math.Min(until ?? _end, _end);
        _waits[reason] = _waits.GetValueOrDefault(reason) + (at - _now);
        _now = at;
        _stuck = until is null;
    }
}

/// <summary>Mails by calendar day of a zone.</summary>
internal sealed class CalendarDays(TimeZoneInfo zone)
{
    private readonly Dictionary<DateOnly, long> _days = [];
    private (long Minute, DateOnly Date) _known = (-1, default);

    /// <summary>The days, in order.</summary>
    public IReadOnlyList<DayForecast> All => [.. _days.OrderBy(d => d.Key).Select(d => new DayForecast(d.Key, d.Value))];

    /// <summary>Counts mails; offsets change at whole minutes, so the day of a minute is looked up once.</summary>
    public void Add(long micros, long mails)
    {
        var minute = micros / 60_000_000;
        if (_known.Minute != minute) _known = (minute, DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(ForecastRun.Instant(micros)!.Value, zone).DateTime));
        _days[_known.Date] = _days.GetValueOrDefault(_known.Date) + mails;
    }
}

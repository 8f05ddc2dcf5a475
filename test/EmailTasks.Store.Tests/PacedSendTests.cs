using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EmailTasks.Store.Tests;

/// <summary>What a forecast says is what the kernel does: begin and finish of the real thing, driven by a clock that waits for nothing.</summary>
public abstract class PacedSendTests : IDisposable
{
    private const string Weekdays = """["mon","tue","wed","thu","fri"]""";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 27, 8, 29, 13, TimeSpan.Zero));
    private readonly StoreFolder _folder;

    protected PacedSendTests(StoreKind kind) => _folder = new StoreFolder(kind, _time);

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private long Now => Micros.Of(_time.GetUtcNow());

    public static TheoryData<string, PaceLimits, string?, int, double> Cases() => new()
    {
        { "nothing", new PaceLimits(null, null, null, 3), null, 100, 1.7 },
        { "minute", new PaceLimits(30, null, null, 4), null, 200, 1.3 },
        { "hour", new PaceLimits(null, 50, null, 3), null, 180, 2 },
        { "day", new PaceLimits(null, null, 60, 2), null, 200, 5 },
        { "slow server", new PaceLimits(12, null, null, 5), null, 60, 17 },
        { "window across the change to summer time", new PaceLimits(20, 90, 130, 4), $$"""{"days":{{Weekdays}},"from":"09:00","to":"11:00","zone":"Europe/Berlin"}""", 450, 1 },
        { "warm-up", new PaceLimits(null, null, 45, 2) { WarmUp = new WarmUp(10, 15, 60, 0) }, null, 200, 1 },
        { "warm-up in a window", new PaceLimits(6, null, null, 2) { WarmUp = new WarmUp(20, 15, 60, 0) }, $$"""{"days":{{Weekdays}},"from":"22:00","to":"02:00","zone":"America/St_Johns"}""", 150, 1 },
        { "spacing", new PaceLimits(null, null, null, 4) { Spacing = new Spacing(20, 90) }, null, 80, 1 },
        { "spacing, hour and window", new PaceLimits(null, 25, null, 4) { Spacing = new Spacing(5, 200) }, $$"""{"days":{{Weekdays}},"from":"09:00","to":"10:30","zone":"Europe/Berlin"}""", 90, 1 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Forecast_and_reality_agree_within_one_bucket(string what, PaceLimits limits, string? window, int mails, double seconds)
    {
        if (limits.WarmUp is { } ramp) limits = limits with { WarmUp = ramp with { Since = Now - (5 * 3_600L * 1_000_000) } };
        var world = await World(mails + 7, limits, window);
        var before = await Drive(world, 7, seconds); // the mailbox has a past: usage, begins, a last begin
        _time.Advance(TimeSpan.FromSeconds(3));
        var ask = MailboxWindow.Forecast(await world.Box(), await world.Usage(), mails, _time.GetUtcNow()) with { SecondsPerMail = seconds };
        var forecast = Forecasting.Of(ask);
        var expected = Forecasting.Departures(ask).SelectMany(d => Enumerable.Range(0, (int)d.Mails).Select(i => d.At + (i / d.AtOnce * d.Every))).ToList();
        var real = await Drive(world, mails, seconds);
        await world.Recount();
        var bucket = (limits.PerDay ?? limits.WarmUp?.Start) is not null ? PaceWindow.Day : limits.PerHour is not null ? PaceWindow.Hour : PaceWindow.Minute;
        Assert.Equal(mails, expected.Count);
        Assert.Equal(7, before.Count);
        for (var i = 0; i < mails; i++) Assert.True(Math.Abs(real[i] - expected[i]) <= bucket.BucketSeconds * 1_000_000L, $"{what}: mail {i} left at {Micros.At(real[i]):u}, forecast {Micros.At(expected[i]):u}");
        Assert.Equal(Micros.At(expected[0]), forecast.FirstAt);
        Assert.InRange((forecast.LastAt!.Value - _time.GetUtcNow()).TotalSeconds, -bucket.BucketSeconds, bucket.BucketSeconds);
        var zone = ask.Window?.Zone ?? TimeZoneInfo.Utc;
        Assert.Equal(real.GroupBy(r => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(Micros.At(r), zone).DateTime)).Select(g => new DayForecast(g.Key, g.Count())), forecast.PerDay);
    }

    [Fact]
    public async Task A_pause_is_exact_also_after_a_restart_and_for_another_owner()
    {
        var world = await World(10, new PaceLimits(null, null, null, 8) { Spacing = new Spacing(60, 3_600) }, null);
        Assert.Single((await world.Begin(8)).Rows);
        var due = (await world.Box()).NextBeginAt!.Value;
        Assert.Equal(Now + new Spacing(60, 3_600).Pause(world.Mailbox, 1), due);
        Assert.Equal((BeginEnd.Limited, "spacing", due), Told(await world.Begin(8)));
        _folder.Restart();
        var epoch = await _folder.Store.Write(async db =>
        {
            await MailboxRows.ReleaseAll(db);
            return await MailboxRows.Acquire(db, world.Mailbox, "node_2", db.Now + 10_000_000_000_000);
        });
        Task<BeginAnswer> Other() => _folder.Store.Write(db => Begin.Run(db, world.Ask(8) with { Owner = "node_2", Epoch = epoch!.Value }));
        _time.Advance(TimeSpan.FromMicroseconds(due - Now - 1));
        Assert.Equal((BeginEnd.Limited, "spacing", due), Told(await Other()));
        _time.Advance(TimeSpan.FromMicroseconds(1));
        Assert.Single((await Other()).Rows);
        Assert.Equal(BeginEnd.Limited, (await Other()).End);
        static (BeginEnd, string?, long?) Told(BeginAnswer a) => (a.End, a.LimitReason, a.Until);
    }

    [Fact]
    public async Task A_changed_spacing_holds_at_once()
    {
        var world = await World(10, new PaceLimits(null, null, null, 8) { Spacing = new Spacing(3_600, 7_200) }, null);
        await world.Begin(8);
        Assert.Equal(BeginEnd.Limited, (await world.Begin(8)).End);
        await _folder.Store.Write(db => db.Execute("update mailbox set spacing_min = 30, spacing_max = 30 where id = @Mailbox", new { world.Mailbox }));
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(BeginEnd.Limited, (await world.Begin(8)).End);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Single((await world.Begin(8)).Rows);
        await _folder.Store.Write(db => db.Execute("update mailbox set spacing_min = null, spacing_max = null where id = @Mailbox", new { world.Mailbox }));
        Assert.Equal(6, (await world.Begin(6)).Rows.Count);
    }

    private async Task<KernelWorld> World(int recipients, PaceLimits limits, string? window)
    {
        var world = await KernelWorld.Make(_folder.Store, recipients, limits);
        await world.Hold();
        await _folder.Store.Write(db => db.Execute("update mailbox set send_window = @window where id = @Mailbox", new { window, world.Mailbox }));
        return world;
    }

    /// <summary>Sends so many mails as a lane does: begin with the sessions there are, wait as long as the answer says. Answers when each began.</summary>
    private async Task<List<long>> Drive(KernelWorld world, int mails, double seconds)
    {
        var box = await world.Box();
        var window = MailboxWindow.Of(box);
        var began = new List<long>();
        while (began.Count < mails)
        {
            var open = window?.Open(_time.GetUtcNow());
            var answer = await world.Begin(world.Ask(Math.Min(box.Connections, mails - began.Count)) with
            {
                OpenFrom = open is { } o ? Micros.Of(o.From) : null, OpenUntil = open is { } u ? Micros.Of(u.Until) : null,
            });
            if (answer.Rows.Count == 0)
            {
                var until = answer.End == BeginEnd.OutsideWindow ? Micros.Of(open!.Value.From) : answer.Until!.Value;
                Assert.True(until > Now, $"{answer.End} until the past");
                _time.Advance(TimeSpan.FromMicroseconds(until - Now));
                continue;
            }
            began.AddRange(answer.Rows.Select(_ => Now));
            _time.Advance(TimeSpan.FromSeconds(seconds));
            await world.Finish([.. answer.Rows.Select(r => world.Result(r, VerdictOutcome.Sent))]);
        }
        return began;
    }
}

/// <summary>On SQLite.</summary>
public sealed class SqlitePacedSendTests() : PacedSendTests(StoreKind.Sqlite);

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresPacedSendTests() : PacedSendTests(StoreKind.Postgres);

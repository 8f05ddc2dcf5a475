using EmailTasks.Server.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>A few at once, a part for each key, in turn.</summary>
public sealed class SharesTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task One_key_has_its_part_and_another_finds_a_place()
    {
        var shares = Of(4, 2);
        var (first, _, third) = (await Take(shares, "a"), await Take(shares, "a"), Take(shares, "a"));
        Assert.False(third.IsCompleted);
        Assert.NotNull(await Take(shares, "b"));
        first!.Dispose();
        Assert.NotNull(await third);
        Assert.Equal(3, shares.Taken);
    }

    [Fact]
    public async Task Who_waits_too_long_is_told_so_and_leaves_nothing_behind()
    {
        var shares = Of(1, 1);
        var held = await Take(shares, "a");
        var late = Take(shares, "b");
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Null(await late);
        held!.Dispose();
        held.Dispose();
        Assert.Equal(0, shares.Taken);
        Assert.NotNull(await Take(shares, "b"));
    }

    [Fact]
    public async Task Who_wants_much_is_not_passed_by_those_who_want_little()
    {
        var shares = Of(10, 10);
        var held = await Take(shares, "a", 8);
        var much = Take(shares, "b", 10);
        var little = Take(shares, "c", 1);
        Assert.False(little.IsCompleted);
        held!.Dispose();
        (await much)!.Dispose();
        Assert.NotNull(await little);
    }

    [Fact]
    public async Task More_of_one_key_than_may_wait_are_refused_at_once_and_a_call_that_hung_up_waits_no_more()
    {
        var shares = new Shares(1, 1, null, 2, _time);
        var held = await Take(shares, "a");
        using var hangUp = new CancellationTokenSource();
        var first = shares.Take("a", 1, hangUp.Token);
        var second = Take(shares, "a");
        Assert.Null(await Take(shares, "a"));
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        held!.Dispose();
        Assert.NotNull(await second);
    }

    [Fact]
    public async Task Whatever_happens_at_once_never_more_than_all_are_taken_and_all_come_back()
    {
        var shares = new Shares(7, 3, null, int.MaxValue, TimeProvider.System);
        var (now, most) = (0L, 0L);
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Task.Run(async () =>
        {
            var amount = 1 + (i % 3);
            using var place = await shares.Take("k" + (i % 5), amount, TestContext.Current.CancellationToken);
            var taken = Interlocked.Add(ref now, amount);
            for (var seen = Interlocked.Read(ref most); taken > seen; seen = Interlocked.Read(ref most)) Interlocked.CompareExchange(ref most, taken, seen);
            await Task.Yield();
            Interlocked.Add(ref now, -amount);
        })));
        Assert.InRange(most, 1, 7);
        Assert.Equal(0, shares.Taken);
    }

    private Shares Of(long most, long each) => new(most, each, TimeSpan.FromSeconds(5), 100, _time);

    private static Task<IDisposable?> Take(Shares shares, string key, long amount = 1) => shares.Take(key, amount, TestContext.Current.CancellationToken);
}

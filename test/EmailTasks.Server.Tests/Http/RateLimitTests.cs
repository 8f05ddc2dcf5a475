using System.Net.Http.Headers;
using CsCheck;
using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>A key that calls too often is told how long to wait; others are not concerned.</summary>
public sealed class RateLimitTests
{
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Too_many_calls_with_one_key_are_refused_with_Retry_After(StoreKind store)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2027, 3, 1, 9, 0, 0, TimeSpan.Zero));
        await using var server = await TestServer.Start(store, time, adjust: app => app with { Rates = new RateLimit(5, TimeSpan.FromSeconds(10)) });
        var other = await server.NewKey(Role.Viewer, "person", await server.Account());
        for (var i = 0; i < 5; i++) (await server.Get("/v1/whoami")).Ok();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/whoami");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.AdminKey);
        using var refused = await server.Http.SendAsync(request);
        Assert.Equal(429, (int)refused.StatusCode);
        var wait = refused.Headers.RetryAfter!.Delta!.Value;
        Assert.InRange(wait.TotalSeconds, 1, 20);
        var reply = await server.Post("/v1/email-tasks", new { name = "x" });
        Assert.Equal((ErrorCodes.RateLimited, 10), (reply.ErrorCode, ErrorCodes.Row(reply.ErrorCode!).Exit));
        (await server.Get("/v1/whoami", other)).Ok();
        time.Advance(wait);
        (await server.Post("/v1/email-tasks", new { name = "x" })).Ok();
    }

    [Fact]
    public void No_stretch_of_a_window_s_length_takes_twice_the_limit_and_waiting_helps()
    {
        var limit = new RateLimit(10, TimeSpan.FromSeconds(10));
        var taken = new List<double>();
        for (var at = 0.0; at < 100; at += 0.1)
        {
            if (limit.Take("k", TimeSpan.FromSeconds(at)) is null) taken.Add(at);
        }
        Assert.All(taken, from => Assert.InRange(taken.Count(t => t >= from && t < from + 10), 0, 19));
        Assert.InRange(taken.Count, 80, 110);
        Assert.Null(limit.Take("other", TimeSpan.FromSeconds(100)));
    }

    [Fact]
    public void Who_waits_as_long_as_Retry_After_says_is_served_and_waits_no_longer_than_needed() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[0, 9_999].Array[1, 60]).Sample((calls, steps) =>
        {
            var limit = new RateLimit(calls, TimeSpan.FromSeconds(10));
            var now = TimeSpan.FromSeconds(1000);
            foreach (var step in steps)
            {
                now += TimeSpan.FromMilliseconds(step % 500);
                if (limit.Take("k", now) is not { } wait) continue;
                Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromSeconds(20.01));
                // Half of the wait helps nobody who has to wait for more than an instant.
                if (wait > TimeSpan.FromSeconds(2)) Assert.NotNull(limit.Take("k", now + wait / 2));
                // The header says whole seconds, rounded up.
                now += TimeSpan.FromSeconds(Math.Ceiling(wait.TotalSeconds));
                Assert.Null(limit.Take("k", now));
            }
        });
}

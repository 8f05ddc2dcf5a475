using System.Net.Http.Headers;
using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Tasks;

/// <summary>Events of a task: one with each change, an envelope at the end, and the gate before all of it.</summary>
public sealed class WatchTests
{
    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task A_watch_tells_each_change_and_ends_with_the_settled_task(StoreKind store)
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Dot, SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(60))));
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(20, await server.Smtp(sink.Port, new { connections = 1 }));
        await server.Schedule(task);
        var watching = Events(server, task, last: "77");
        await Task.Delay(700);
        await server.MakeDue(task);
        var events = await watching;
        var changes = events.Where(e => e.Name == "change").Select(e => e.Data).ToList();
        Assert.Equal("scheduled", changes[0].GetProperty("status").GetString());
        Assert.Equal("sent", changes[^1].GetProperty("status").GetString());
        Assert.True(changes.Count is > 3 and < 60, $"{changes.Count} events");
        Assert.Equal(changes.Count, changes.Select(c => $"{c.GetProperty("status")} {c.GetProperty("counts")} {c.GetProperty("waiting")} {c.GetProperty("settled")}  {c.GetProperty("plan_send_at")}").Distinct().Count());
        Assert.All(changes, c => Assert.Equal(WatchOps.Watch.OutputShape.Members.Select(m => m.Name), c.EnumerateObject().Select(m => m.Name)));
        var end = Assert.Single(events, e => e.Name == "end").Data;
        Assert.True(end.GetProperty("success").GetBoolean());
        Assert.Equal(20, end.GetProperty("data").GetProperty("counts").GetProperty("sent_count").GetInt64());
        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(e => e.Id));
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task Who_may_not_see_it_and_what_nothing_happens_to_is_answered_with_an_envelope(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(1, await server.Pickup());
        Assert.Equal(ErrorCodes.InvalidState, (await server.Get($"/v1/email-tasks/{task}/events")).ErrorCode);
        Assert.Equal(ErrorCodes.NotFound, (await server.Get($"/v1/email-tasks/{task}/events", await server.NewKey(Role.Admin))).ErrorCode);
        Assert.Equal(ErrorCodes.InvalidApiKey, (await server.Get($"/v1/email-tasks/{task}/events", "nonsense")).ErrorCode);
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task A_cancelled_task_ends_as_a_failure_and_a_revoked_key_hears_no_more(StoreKind store)
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Rcpt, SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(300))));
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(50, await server.Smtp(sink.Port, new { connections = 1 }));
        var viewer = (await server.Post("/v1/keys", new { name = "viewer", actor = "agent", scopes = new[] { "read" } })).Ok();
        await server.Send(task);
        var (watching, revoked) = (Events(server, task), Events(server, task, viewer.Text("key")));
        await Task.Delay(700);
        (await server.Post($"/v1/keys/{viewer.Text("key_id")}/revoke")).Ok();
        Assert.Equal("INVALID_API_KEY", (await revoked)[^1].Data.GetProperty("error_code").GetString());
        (await server.Post($"/v1/email-tasks/{task}/cancel")).Ok();
        var end = (await watching)[^1];
        Assert.Equal(("end", "INVALID_STATE"), (end.Name, end.Data.GetProperty("error_code").GetString()));
        Assert.Equal("cancelled", end.Data.GetProperty("data").GetProperty("status").GetString());
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task An_open_watch_does_not_hold_up_a_stop(StoreKind store)
    {
        var server = await TestServer.Start(store);
        var task = await server.Ready(1, await server.Pickup());
        await server.Schedule(task);
        var watching = Events(server, task);
        await Task.Delay(500);
        var stopped = server.Server.DisposeAsync().AsTask();
        Assert.Same(stopped, await Task.WhenAny(stopped, Task.Delay(TimeSpan.FromSeconds(20))));
        Assert.DoesNotContain(await watching, e => e.Name == "end");
        await server.DisposeAsync();
    }

    private sealed record Event(int Id, string Name, JsonElement Data);

    private static async Task<List<Event>> Events(TestServer server, string task, string? key = null, string? last = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/email-tasks/{task}/events");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key ?? server.AdminKey);
        if (last is not null) request.Headers.Add("Last-Event-ID", last);
        using var response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var events = new List<Event>();
        var (id, name) = (0, "");
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                if (line.StartsWith("id: ", StringComparison.Ordinal)) id = int.Parse(line[4..]);
                if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
                if (line.StartsWith("data: ", StringComparison.Ordinal)) events.Add(new Event(id, name, JsonDocument.Parse(line[6..]).RootElement));
            }
        }
        catch (HttpIOException)
        {
            // The server went away in mid-stream.
        }
        return events;
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>Bodies take no more memory than was set aside for all of them, and none where none is taken.</summary>
[Collection(Alone.Name)]
public sealed class BodyTests
{
    private const int AtOnce = 20;
    private const int MegabytesMore = 450;

    [Fact]
    public async Task Twenty_bodies_of_16_MB_at_once_take_bounded_memory_and_give_it_back()
    {
        await using var server = await TestServer.Start();
        var other = await server.NewKey(Role.Admin, "person", await server.Account());
        var task = await server.Draft();
        var body = Large();
        (await server.Post("/v1/email-tasks", new { name = "warm" })).Ok();
        var before = Settled();
        var (most, done) = (0L, false);
        var watch = Task.Run(async () =>
        {
            while (!Volatile.Read(ref done))
            {
                most = Math.Max(most, WorkingSet());
                await Task.Delay(10);
            }
        });
        var replies = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(i => Add(server, task, body, i % 2 == 0 ? server.AdminKey : other)));
        Volatile.Write(ref done, true);
        await watch;
        var after = WorkingSet();
        for (var looks = 0; looks < 50 && after > before + ((most - before) / 2); looks++)
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
            after = WorkingSet();
        }
        var taken = replies.Count(r => r.ErrorCode is null);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{AtOnce} bodies of {body.Length >> 20} MB: working set {before >> 20} MB before, {most >> 20} MB at most (+{(most - before) >> 20}), {after >> 20} MB after; {taken} taken, {AtOnce - taken} told to come again");
        Assert.All(replies, r => Assert.True(r.ErrorCode is null or ErrorCodes.Unavailable, r.ErrorCode));
        Assert.True(taken > 0);
        Assert.Equal(0, server.App.Work.LargeBodies.Taken);
        Assert.True(after < most, "Nothing was given back.");
        Assert.True(most - before < (long)MegabytesMore << 20, $"{(most - before) >> 20} MB more");
    }

    [Theory]
    [InlineData("GET", "/v1/email-tasks")]
    [InlineData("DELETE", "/v1/email-tasks/tsk_x")]
    [InlineData("POST", "/v1/email-tasks/tsk_x/cancel")]
    [InlineData("POST", "/v1/email-tasks/tsk_x/pause")]
    [InlineData("POST", "/v1/mailboxes/mbx_x/resume")]
    public async Task A_body_that_nobody_takes_is_refused_before_it_is_read(string method, string path)
    {
        await using var server = await TestServer.Start();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(server.Server.Url).Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        // Fifteen megabytes are announced, and a thousand bytes come: the answer does not wait for the rest.
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.AdminKey}\r\nIdempotency-Key: 12345678\r\nContent-Type: application/json\r\nContent-Length: 15000000\r\n\r\n" + new string(' ', 1_000)),
            TestContext.Current.CancellationToken);
        var buffer = new byte[4096];
        var read = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        var answer = Encoding.UTF8.GetString(buffer, 0, read);
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Equal(0, server.App.Work.LargeBodies.Taken + server.App.Work.SmallBodies.Taken + server.App.Work.StopBodies.Taken);
    }

    [Theory]
    [InlineData(" \r\n\t", false, true)]
    [InlineData(" \r\n\t", true, true)]
    [InlineData("{}", false, false)]
    [InlineData("{}", true, false)]
    [InlineData("null", true, false)]
    [InlineData("                                                                                    x", true, false)]
    public async Task White_space_is_no_body_and_all_else_is_one_whole_or_in_pieces(string body, bool chunked, bool passes)
    {
        await using var server = await TestServer.Start();
        var task = await server.Draft();
        var reply = await Send(server, HttpMethod.Delete, $"/v1/email-tasks/{task}", Encoding.UTF8.GetBytes(body), chunked, server.AdminKey);
        Assert.Equal(passes ? null : ErrorCodes.InvalidRequest, reply.ErrorCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(200_000)]
    public async Task A_body_in_pieces_is_read_as_one_that_was_announced(int padding)
    {
        await using var server = await TestServer.Start();
        var body = Encoding.UTF8.GetBytes("""{"name":"Spring shoes"}""" + new string(' ', padding));
        foreach (var chunked in new[] { false, true }) (await Send(server, HttpMethod.Post, "/v1/email-tasks", body, chunked, server.AdminKey)).Ok();
        Assert.Equal(0, server.App.Work.LargeBodies.Taken + server.App.Work.SmallBodies.Taken);
    }

    [Fact]
    public async Task More_than_a_body_may_have_is_refused_also_in_pieces()
    {
        await using var server = await TestServer.Start();
        var reply = await Send(server, HttpMethod.Post, "/v1/email-tasks", new byte[Limits.BodyBytes + 1], true, server.AdminKey);
        Assert.Equal(413, reply.Status);
        reply = await Send(server, HttpMethod.Post, "/v1/suppressions", new byte[Limits.StopBodyBytes + 1], false, server.AdminKey);
        Assert.Equal(413, reply.Status);
        Assert.Equal(0, server.App.Work.LargeBodies.Taken + server.App.Work.StopBodies.Taken);
    }

    private static Task<Reply> Add(TestServer server, string task, byte[] body, string key) => Send(server, HttpMethod.Post, $"/v1/email-tasks/{task}/recipients?dry_run=true", body, false, key);

    private static Task<Reply> Send(TestServer server, HttpMethod method, string path, byte[] body, bool chunked, string key)
    {
        var request = new HttpRequestMessage(method, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Authorization = new("Bearer", key);
        if (chunked) request.Headers.TransferEncodingChunked = true;
        return server.Send(request);
    }

    /// <summary>Just below the limit, valid: 10,000 recipients with long variables.</summary>
    private static byte[] Large()
    {
        var text = new string('v', 1_560);
        return JsonSerializer.SerializeToUtf8Bytes(new { recipients = Enumerable.Range(0, 10_000).Select(i => new { email_address = $"r{i}@d.example", name = "Ana", variables = new { video = text } }) });
    }

    private static long WorkingSet()
    {
        using var me = Process.GetCurrentProcess();
        return me.WorkingSet64;
    }

    private static long Settled()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return WorkingSet();
    }
}

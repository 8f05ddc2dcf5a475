using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Restore;

/// <summary>What the tests of restores share.</summary>
internal static class Sendings
{
    /// <summary>Long enough for a server that would send to have sent.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(4);

    /// <summary>The addresses whose dot the sink has seen, with repetitions.</summary>
    public static List<string> Mailed(this SmtpSink sink) => [.. sink.Dotted.Select(t => t.To.Single())];

    /// <summary>Dispatch stands still, says why wherever one looks, and the sink sees nothing more.</summary>
    /// <param name="running">The server ran when it happened: what had begun before may still have left until it noticed.</param>
    public static async Task StandsStill(this TestServer server, SmtpSink sink, string task, string reason, bool running = false)
    {
        var before = sink.Dotted.Count();
        await Worlds.Until(async () => await Ready(server) is (503, var text) && text.Contains("noxinfluencer data accept-restore", StringComparison.Ordinal), what: "standstill");
        await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}")).Ok().Text("status") == "paused", what: "the task's pause");
        var view = (await server.Get($"/v1/email-tasks/{task}")).Ok();
        Assert.Equal("restore", view.Text("paused_by"));
        Assert.Equal("restore", view.Text("waiting.reason"));
        Assert.Equal(reason, (await server.Post("/v1/data/accept-restore", force: false)).Ok().Text("reason"));
        if (running)
        {
            await Task.Delay(Quiet);
            before = sink.Dotted.Count();
        }
        await Task.Delay(Quiet);
        Assert.Equal(before, sink.Dotted.Count());
    }

    /// <summary>What /readyz answers.</summary>
    public static async Task<(int Status, string Text)> Ready(TestServer server)
    {
        using var reply = await server.Http.GetAsync("/readyz");
        return ((int)reply.StatusCode, await reply.Content.ReadAsStringAsync());
    }
}

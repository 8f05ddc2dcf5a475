using System.Net;
using System.Text;
using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Wire;
using EmailTasks.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static EmailTasks.Server.Tests.Wire.WireWorld;

namespace EmailTasks.Server.Tests.Wire;

public sealed class OAuthTokensTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task A_token_is_kept_until_shortly_before_its_end()
    {
        using var endpoint = new TokenEndpoint();
        using var tokens = Tokens(endpoint);
        Assert.Equal("token-1", await tokens.GetAsync(Ct));
        time.Advance(TimeSpan.FromMinutes(57));
        Assert.Equal("token-1", await tokens.GetAsync(Ct));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("token-2", await tokens.GetAsync(Ct));
        tokens.Invalidate();
        Assert.Equal("token-3", await tokens.GetAsync(Ct));
        Assert.Equal("grant_type=refresh_token&client_id=client&refresh_token=refresh-0&client_secret=s%26cret", endpoint.Bodies.First());
    }

    [Fact]
    public async Task Many_askers_cause_one_request()
    {
        using var endpoint = new TokenEndpoint();
        using var tokens = Tokens(endpoint);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => tokens.GetAsync(Ct).AsTask()));
        Assert.Single(endpoint.Bodies);
    }

    [Fact]
    public async Task A_replaced_refresh_token_is_used_and_told()
    {
        using var endpoint = new TokenEndpoint { Answer = n => (200, $$"""{"access_token":"a{{n}}","expires_in":3600,"refresh_token":"refresh-{{n}}"}""") };
        List<string> told = [];
        using var tokens = new OAuthTokens(endpoint.Http, Settings(endpoint, OAuthProvider.Microsoft), time) { RefreshTokenReplaced = told.Add };
        await tokens.GetAsync(Ct);
        tokens.Invalidate();
        await tokens.GetAsync(Ct);
        Assert.Equal(["refresh-1", "refresh-2"], told);
        Assert.Contains("refresh_token=refresh-1", endpoint.Bodies.Last());
        Assert.Contains("scope=https%3A%2F%2Foutlook.office.com%2FSMTP.Send+offline_access", endpoint.Bodies.Last());
    }

    [Fact]
    public async Task A_refusal_is_final_in_words_of_the_standard_only()
    {
        using var endpoint = new TokenEndpoint { Answer = _ => (400, """{"error":"invalid_grant","error_description":"banner"}""") };
        using var tokens = Tokens(endpoint);
        Assert.Equal("invalid_grant", (await Assert.ThrowsAsync<OAuthRefusedException>(async () => await tokens.GetAsync(Ct))).Message);
        endpoint.Answer = _ => (401, """{"error":"<script>"}""");
        Assert.Equal("refused", (await Assert.ThrowsAsync<OAuthRefusedException>(async () => await tokens.GetAsync(Ct))).Message);

        await using var sink = SmtpSink.Start(options: new SinkOptions { Auth = ["XOAUTH2"] });
        var opening = await SmtpSession.OpenAsync(WireWorld.Settings(sink) with { Username = "me", AccessToken = tokens.GetAsync }, Ct);
        Assert.Equal("oauth_refused", SmtpVerdicts.Judge(opening.Failure!).Reason);
    }

    [Theory]
    [InlineData(500, "oops")]
    [InlineData(503, "{}")]
    [InlineData(302, "")]
    [InlineData(200, "not json")]
    [InlineData(200, "{}")]
    public async Task Trouble_of_the_endpoint_is_mailbox_health(int status, string body)
    {
        using var endpoint = new TokenEndpoint { Answer = _ => (status, body) };
        using var tokens = Tokens(endpoint);
        await Assert.ThrowsAsync<HttpRequestException>(async () => await tokens.GetAsync(Ct));
        await using var sink = SmtpSink.Start(options: new SinkOptions { Auth = ["XOAUTH2"] });
        var opening = await SmtpSession.OpenAsync(WireWorld.Settings(sink) with { Username = "me", AccessToken = tokens.GetAsync }, Ct);
        Assert.Equal(MailboxEffect.Failing, SmtpVerdicts.Judge(opening.Failure!).Mailbox);
    }

    private OAuthTokens Tokens(TokenEndpoint endpoint) => new(endpoint.Http, Settings(endpoint, OAuthProvider.Google), time);

    private static OAuthSettings Settings(TokenEndpoint endpoint, OAuthProvider provider) => new(provider, "client", "s&cret", "refresh-0", endpoint.Uri);

    private sealed class TokenEndpoint : IDisposable
    {
        private readonly HttpListener listener = new();

        public TokenEndpoint()
        {
            Uri = new Uri($"http://127.0.0.1:{LoopbackPorts.Free()}/token");
            listener.Prefixes.Add(Uri.GetLeftPart(UriPartial.Authority) + "/");
            listener.Start();
            _ = ServeAsync();
        }

        public Uri Uri { get; }

        public HttpClient Http { get; } = OAuthTokens.NewClient();

        public System.Collections.Concurrent.ConcurrentQueue<string> Bodies { get; } = new();

        public Func<int, (int Status, string Body)> Answer { get; set; } = n => (200, $$"""{"access_token":"token-{{n}}","expires_in":3599,"token_type":"Bearer"}""");

        public void Dispose()
        {
            Http.Dispose();
            listener.Close();
        }

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    var context = await listener.GetContextAsync();
                    using var reader = new StreamReader(context.Request.InputStream);
                    Bodies.Enqueue(await reader.ReadToEndAsync());
                    var (status, body) = Answer(Bodies.Count);
                    context.Response.StatusCode = status;
                    if (status == 302) context.Response.RedirectLocation = "http://127.0.0.1:9/";
                    await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
            }
        }
    }
}

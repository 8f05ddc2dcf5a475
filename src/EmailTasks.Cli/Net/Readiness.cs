using EmailTasks.Contracts;

namespace EmailTasks.Cli.Net;

/// <summary>What <c>/readyz</c> says; asked without a key.</summary>
/// <param name="Status">The HTTP status, 0 without an answer.</param>
/// <param name="Words">Why it is not ready, in the server's words.</param>
/// <param name="PublicUrl">How recipients reach the server, or null.</param>
/// <param name="ClockAheadSeconds">How far the server's clock is ahead of this machine's; null when it did not say.</param>
internal sealed record Readiness(int Status, string Words, string? PublicUrl, double? ClockAheadSeconds)
{
    /// <summary>What weakens its guard against a database that is put back, or null.</summary>
    public string? StateProblem { get; init; }

    private const double TimeoutSeconds = 10;
    private const int WordsMax = 500;

    /// <summary>True when an Email Tasks server answered.</summary>
    public bool IsServer => Status is 200 or 503;

    /// <summary>Asks.</summary>
    public static Readiness Ask(string url)
    {
        using var http = new HttpMessageInvoker(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = !ServerUrl.IsLoopback(new Uri(url)) });
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(TimeoutSeconds));
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url + "/readyz");
            using var response = http.Send(request, limit.Token);
            using var reader = new StreamReader(response.Content.ReadAsStream(limit.Token));
            var words = new char[WordsMax];
            var length = reader.ReadBlock(words);
            var ahead = response.Headers.Date is { } date ? (date - TimeProvider.System.GetUtcNow()).TotalSeconds : (double?)null;
            var known = response.Headers.TryGetValues("Public-Url", out var values) ? values.FirstOrDefault() : null;
            return new((int)response.StatusCode, TextCheck.Shown(new string(words, 0, length)), known, ahead)
            {
                StateProblem = response.Headers.TryGetValues("State-Problem", out var problems) ? problems.FirstOrDefault() : null,
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return new(0, "", null, null);
        }
    }
}

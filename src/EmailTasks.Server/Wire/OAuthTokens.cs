using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EmailTasks.Server.Wire;

/// <summary>Whose tokens these are.</summary>
public enum OAuthProvider
{
    /// <summary>Gmail and Google Workspace.</summary>
    Google,

    /// <summary>Outlook and Microsoft 365.</summary>
    Microsoft,
}

/// <summary>An OAuth client of the operator's and the consent of the mailbox's owner.</summary>
/// <param name="Provider">Whose tokens.</param>
/// <param name="ClientId">The operator's OAuth client.</param>
/// <param name="ClientSecret">Its secret; null for a public client.</param>
/// <param name="RefreshToken">The owner's consent.</param>
/// <param name="TokenEndpoint">Another token endpoint, such as one tenant's; null for the provider's general one.</param>
/// <param name="ForReading">A token for IMAP instead of SMTP; Microsoft tells them apart, Google does not.</param>
public sealed record OAuthSettings(OAuthProvider Provider, string ClientId, string? ClientSecret, string RefreshToken, Uri? TokenEndpoint = null, bool ForReading = false)
{
    /// <inheritdoc/>
    public override string ToString() => Provider.ToString();   // never the secrets
}

/// <summary>The provider refused the refresh token or the client: a person must connect the mailbox again.</summary>
public sealed class OAuthRefusedException(string code) : Exception(code);

/// <summary>
/// Access tokens from a refresh token (RFC 6749 §6), kept until shortly before they expire. One per mailbox; safe for concurrent use,
/// the provider is asked once.
/// </summary>
/// <param name="http">A client that follows no redirects; see <see cref="NewClient"/>.</param>
/// <param name="settings">Client and consent.</param>
/// <param name="time">The clock.</param>
public sealed class OAuthTokens(HttpClient http, OAuthSettings settings, TimeProvider time) : IDisposable
{
    /// <summary>A token is renewed this long before its end, so that a login with it does not fail on the way.</summary>
    public static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(2);

    /// <summary>An answer of a token endpoint is a few KB.</summary>
    private const int MaxAnswerBytes = 64 * 1024;

    private readonly SemaphoreSlim one = new(1, 1);
    private string refreshToken = settings.RefreshToken;
    private string? accessToken;
    private long fetchedAt;
    private TimeSpan usableFor;

    /// <summary>Told when the provider has replaced the refresh token (Microsoft does): it must be stored.</summary>
    public Action<string>? RefreshTokenReplaced { get; init; }

    /// <summary>A client as this class wants it: no redirects, a short answer, 30 seconds.</summary>
    public static HttpClient NewClient() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(30), MaxResponseContentBufferSize = MaxAnswerBytes };

    /// <summary>A valid access token.</summary>
    /// <exception cref="OAuthRefusedException">The provider refused for good.</exception>
    /// <exception cref="HttpRequestException">The provider cannot be reached or is in trouble.</exception>
    public async ValueTask<string> GetAsync(CancellationToken ct)
    {
        await one.WaitAsync(ct);
        try
        {
            if (accessToken is null || time.GetElapsedTime(fetchedAt) >= usableFor) await FetchAsync(ct);
            return accessToken!;
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Forgets the access token: a server has refused it before its time.</summary>
    public void Invalidate() => usableFor = TimeSpan.Zero;

    /// <inheritdoc/>
    public void Dispose() => one.Dispose();

    private async Task FetchAsync(CancellationToken ct)
    {
        var asked = time.GetTimestamp();
        using var answer = await http.PostAsync(Endpoint(), new FormUrlEncodedContent(Form()), ct);
        var body = await answer.Content.ReadAsByteArrayAsync(ct);
        var tokens = Parse(body);
        if (answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            throw new OAuthRefusedException(Known(tokens?.Error));
        if (!answer.IsSuccessStatusCode || string.IsNullOrEmpty(tokens?.AccessToken))
            throw new HttpRequestException("The token endpoint is in trouble.", null, answer.StatusCode);

        accessToken = tokens.AccessToken;
        fetchedAt = asked;
        usableFor = TimeSpan.FromSeconds(Math.Max(0, tokens.ExpiresIn ?? 0)) - RenewBefore;
        if (tokens.RefreshToken is { Length: > 0 } replaced && replaced != refreshToken)
        {
            refreshToken = replaced;
            RefreshTokenReplaced?.Invoke(replaced);
        }
    }

    private Uri Endpoint() => settings.TokenEndpoint ?? new Uri(settings.Provider switch
    {
        OAuthProvider.Google => "https://oauth2.googleapis.com/token",
        OAuthProvider.Microsoft => "https://login.microsoftonline.com/common/oauth2/v2.0/token",
    });

    private IEnumerable<KeyValuePair<string, string>> Form()
    {
        yield return new("grant_type", "refresh_token");
        yield return new("client_id", settings.ClientId);
        yield return new("refresh_token", refreshToken);
        if (settings.ClientSecret is { } secret) yield return new("client_secret", secret);
        if (settings.Provider == OAuthProvider.Microsoft) yield return new("scope", $"https://outlook.office.com/{(settings.ForReading ? "IMAP.AccessAsUser.All" : "SMTP.Send")} offline_access");
    }

    private static TokenAnswer? Parse(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, OAuthJson.Default.TokenAnswer);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>RFC 6749 §5.2's codes and nothing else: the rest of the answer is the provider's words.</summary>
    private static string Known(string? error) =>
        error is "invalid_grant" or "invalid_client" or "unauthorized_client" or "invalid_scope" or "invalid_request" or "unsupported_grant_type" ? error : "refused";
}

internal sealed record TokenAnswer(
    [property: JsonPropertyName("access_token")] string? AccessToken,
    [property: JsonPropertyName("refresh_token")] string? RefreshToken,
    [property: JsonPropertyName("expires_in")] double? ExpiresIn,
    [property: JsonPropertyName("error")] string? Error);

[JsonSerializable(typeof(TokenAnswer))]
internal sealed partial class OAuthJson : JsonSerializerContext;

using System.Net.Mime;
using EmailTasks.Core.Tracking;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;

namespace EmailTasks.Server.Tracking;

/// <summary>
/// What recipients' mail programs ask this server for, without a key: a signed token says whom it is about. Nothing is told to
/// whoever has none, and nothing but an opt-out is changed.
/// </summary>
internal sealed class TrackingRoutes(App app, HitQueue hits)
{
    /// <summary>Characters of a header field that are kept: enough to know a mail program by.</summary>
    private const int FieldCharacters = 300;

    private static readonly string[] PurposeFields = ["Purpose", "Sec-Purpose", "X-Purpose", "X-Moz"];
    private static readonly string[] Fetches = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>A transparent GIF of one pixel (GIF89a).</summary>
    private static readonly byte[] Pixel = Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");

    private readonly LinkTargets _targets = new(app);
    private readonly Unsubscribing _unsubscribing = new(app);

    /// <summary>Adds them.</summary>
    public void Map(IEndpointRouteBuilder web)
    {
        web.MapMethods("/t/o/{token}.gif", Fetches, (RequestDelegate)Open);
        web.MapMethods("/t/c/{token}", Fetches, (RequestDelegate)Click);
        web.MapMethods("/u/{token}", Fetches, (RequestDelegate)Ask);
        web.MapPost("/u/{token}", (RequestDelegate)Unsubscribe);
    }

    private Task Open(HttpContext http)
    {
        Guard(http);
        if (Token(http, TokenPurpose.Open) is not { } of) return Text(http, StatusCodes.Status404NotFound, "There is no such image.");
        Note(http, of, HitKind.Open, 0);
        return Bytes(http, StatusCodes.Status200OK, MediaTypeNames.Image.Gif, Pixel);
    }

    private async Task Click(HttpContext http)
    {
        Guard(http);
        if (Token(http, TokenPurpose.Click) is not { } of)
        {
            await Text(http, StatusCodes.Status404NotFound, "There is no such link.");
            return;
        }
        try
        {
            if (await _targets.Find(of) is not { } target)
            {
                await Text(http, StatusCodes.Status404NotFound, "There is no such link.");
                return;
            }
            Note(http, of, HitKind.Click, target.LinksInMail);
            http.Response.Headers.Location = Ascii(target.Url);
            http.Response.StatusCode = StatusCodes.Status302Found;
        }
        catch (StoreUnavailableException)
        {
            await Text(http, StatusCodes.Status503ServiceUnavailable, "The link can't be looked up just now. Try again in a minute.");
        }
    }

    private Task Ask(HttpContext http)
    {
        Guard(http);
        return Token(http, TokenPurpose.Unsubscribe) is null
            ? Html(http, StatusCodes.Status404NotFound, UnsubscribePage.Wrong(http.Request.Headers.AcceptLanguage))
            : Html(http, StatusCodes.Status200OK, UnsubscribePage.Ask(http.Request.Headers.AcceptLanguage));
    }

    // Whatever the body says: who follows a link that only this recipient was given, by a POST, wants to be left alone.
    private async Task Unsubscribe(HttpContext http)
    {
        Guard(http);
        var languages = http.Request.Headers.AcceptLanguage;
        try
        {
            var done = Token(http, TokenPurpose.Unsubscribe) is { } of && await _unsubscribing.Take(of);
            await (done ? Html(http, StatusCodes.Status200OK, UnsubscribePage.Done(languages)) : Html(http, StatusCodes.Status404NotFound, UnsubscribePage.Wrong(languages)));
        }
        catch (StoreUnavailableException)
        {
            http.Response.Headers.RetryAfter = "60";
            await Html(http, StatusCodes.Status503ServiceUnavailable, UnsubscribePage.Later(languages));
        }
    }

    private TokenOf? Token(HttpContext http, string purpose) => http.Request.RouteValues["token"] is string token ? app.Tokens.Read(purpose, token) : null;

    private void Note(HttpContext http, TokenOf of, HitKind kind, int links) => hits.Note(new Hit(
        of, kind, app.Store.Now, http.Request.Method, Field(http, "User-Agent"), string.Join(' ', PurposeFields.Select(f => Field(http, f)).Where(f => f.Length > 0)), links));

    private static string Field(HttpContext http, string name)
    {
        var text = http.Request.Headers[name].ToString();
        if (text.Length > FieldCharacters) text = text[..(char.IsHighSurrogate(text[FieldCharacters - 1]) ? FieldCharacters - 1 : FieldCharacters)];
        return text.Replace('\0', ' ').Trim();
    }

    /// <summary>No cache keeps it, no search engine lists it, and the next site does not learn where its reader comes from.</summary>
    private static void Guard(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.CacheControl = "no-store, private, max-age=0";
        headers["Referrer-Policy"] = "no-referrer";
        headers["X-Robots-Tag"] = "noindex, nofollow";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = UnsubscribePage.Policy;
    }

    /// <summary>A header field carries ASCII (RFC 9110 §5.5): the host as A-labels, the rest percent-encoded.</summary>
    private static string Ascii(string url)
    {
        if (System.Text.Ascii.IsValid(url)) return url;
        var uri = new Uri(url);
        return new UriBuilder(uri) { Host = uri.IdnHost }.Uri.AbsoluteUri;
    }

    private static Task Text(HttpContext http, int status, string text) => Bytes(http, status, "text/plain; charset=utf-8", System.Text.Encoding.UTF8.GetBytes(text + "\n"));

    private static Task Html(HttpContext http, int status, string page) => Bytes(http, status, "text/html; charset=utf-8", System.Text.Encoding.UTF8.GetBytes(page));

    private static async Task Bytes(HttpContext http, int status, string type, byte[] body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        http.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.Body.WriteAsync(body);
    }
}

using System.Globalization;

namespace EmailTasks.Server.Tracking;

/// <summary>The pages behind an opt-out link. They name nobody: links are forwarded. They need no script, and load nothing.</summary>
internal static class UnsubscribePage
{
    /// <summary>Nothing is loaded, run or framed; the form goes nowhere else.</summary>
    public const string Policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    private sealed record Words(string Lang, string AskTitle, string Ask, string Button, string DoneTitle, string Done, string WrongTitle, string Wrong, string LaterTitle, string Later);

    private static readonly Words English = new("en",
        "Unsubscribe", "You will get no more mails from this sender. Nothing has changed yet.", "Unsubscribe",
        "You are unsubscribed", "You will get no more mails from this sender.",
        "This link does not work", "It is incomplete, or comes from a preview. To unsubscribe, answer the mail and say so.",
        "Please try again", "The server could not do it just now. Nothing has changed; load this page again in a minute.");

    private static readonly Words Chinese = new("zh",
        "退订", "您将不再收到该发件人的邮件。目前尚未做任何更改。", "退订",
        "您已退订", "您将不再收到该发件人的邮件。",
        "此链接无效", "链接不完整，或来自预览。如需退订，请直接回复邮件说明。",
        "请稍后再试", "服务器暂时无法处理，尚未做任何更改；请一分钟后重新打开本页。");

    /// <summary>Asks; changes nothing.</summary>
    public static string Ask(string? languages)
    {
        var w = In(languages);
        return Page(w, w.AskTitle, w.Ask, $"<form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\"><button>{w.Button}</button></form>");
    }

    /// <summary>It is done.</summary>
    public static string Done(string? languages) => Page(In(languages), In(languages).DoneTitle, In(languages).Done, "");

    /// <summary>The token is not ours.</summary>
    public static string Wrong(string? languages) => Page(In(languages), In(languages).WrongTitle, In(languages).Wrong, "");

    /// <summary>The database is not there.</summary>
    public static string Later(string? languages) => Page(In(languages), In(languages).LaterTitle, In(languages).Later, "");

    /// <summary>The language of an Accept-Language field (RFC 9110 §12.5.4) that is spoken here and liked best; else English.</summary>
    private static Words In(string? languages)
    {
        var (best, liked) = (English, 0d);
        foreach (var entry in (languages ?? "").Split(',', 20))
        {
            var parts = entry.Split(';', StringSplitOptions.TrimEntries);
            var quality = parts.Length > 1 && parts[1].StartsWith("q=", StringComparison.OrdinalIgnoreCase) && double.TryParse(parts[1].AsSpan(2), CultureInfo.InvariantCulture, out var q) ? q : 1;
            var words = parts[0].StartsWith("zh", StringComparison.OrdinalIgnoreCase) ? Chinese : parts[0].StartsWith("en", StringComparison.OrdinalIgnoreCase) ? English : null;
            if (words is not null && quality > liked) (best, liked) = (words, quality);
        }
        return best;
    }

    private static string Page(Words w, string title, string text, string form) =>
        $$"""
        <!doctype html>
        <html lang="{{w.Lang}}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>{{title}}</title>
        <style>
        body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #f4f4f2; color: #1c1c1a; font: 17px/1.5 system-ui, sans-serif }
        main { max-width: 26em; margin: 1em; padding: 2em; background: #fff; border: 1px solid #ddddd8; border-radius: 8px }
        h1 { margin: 0 0 .5em; font-size: 1.4em }
        p { margin: 0 }
        button { margin-top: 1.5em; padding: .6em 1.4em; border: 0; border-radius: 6px; background: #1c1c1a; color: #fff; font: inherit; cursor: pointer }
        button:focus-visible { outline: 3px solid #3b82f6; outline-offset: 2px }
        @media (prefers-color-scheme: dark) { body { background: #1c1c1a; color: #f4f4f2 } main { background: #262624; border-color: #3a3a37 } button { background: #f4f4f2; color: #1c1c1a } }
        </style>
        </head>
        <body>
        <main>
        <h1>{{title}}</h1>
        <p>{{text}}</p>
        {{form}}
        </main>
        </body>
        </html>
        """;
}

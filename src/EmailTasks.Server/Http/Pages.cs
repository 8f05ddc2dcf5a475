using EmailTasks.Contracts;
using EmailTasks.Server.Storage;

namespace EmailTasks.Server.Http;

/// <summary>Pages as they are asked for and answered.</summary>
internal static class Pages
{
    /// <summary>Which page; a refusal when number and cursor are both given, or the number reaches too far.</summary>
    public static (PageAsk Ask, Refusal? Refusal) Ask(int? size, int? number, string? cursor)
    {
        var ask = new PageAsk(size ?? Limits.PageSizeDefault, number, cursor);
        if (number is not null && cursor is not null)
            return (ask, Refusal.Invalid("cursor", "exclusive", "page_num and cursor don't go together.", "Keep one of them."));
        if (number is { } n && (n - 1) * (long)ask.Size >= Limits.PageRowsMax)
            return (ask, Refusal.Invalid("page_num", "too_large", $"Page numbers reach row {Limits.PageRowsMax}.", "Go on with --cursor and the next_cursor of the page before."));
        return (ask, null);
    }

    /// <summary>The answer.</summary>
    public static Page<TOut> Of<TRow, TOut>(Listed<TRow> listed, PageAsk ask, IReadOnlyList<TOut> items) => new(
        items, ask.Cursor is null ? ask.Number ?? 1 : null, ask.Size, listed.Total, (listed.Total + ask.Size - 1) / ask.Size, listed.NextCursor, listed.IsLowerBound ? true : null);

    /// <summary>One sentence about a list.</summary>
    public static string Sentence(long total, bool atLeast, string what) =>
        total == 0 ? $"No {what}s." : $"{(atLeast ? "At least " : "")}{total} {what}{(total == 1 ? "" : "s")}.";
}

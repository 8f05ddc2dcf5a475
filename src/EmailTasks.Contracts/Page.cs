namespace EmailTasks.Contracts;

/// <summary>One page of a list.</summary>
public sealed record Page<T>(
    [property: Wire("The rows of this page.")] IReadOnlyList<T> Items,
    [property: Wire("This page's number; null when a cursor was used.")] int? PageNum,
    [property: Wire("Rows a page may hold.")] int PageSize,
    [property: Wire("Rows in the whole list.")] long TotalSize,
    [property: Wire("Pages in the whole list.")] long TotalPage,
    [property: Wire("Give it as --cursor for the next page; null on the last.")] string? NextCursor,
    [property: Wire("True when counting stopped early: there are at least this many.")] bool? TotalIsLowerBound);

/// <summary>The answer of a delete.</summary>
public sealed record TaskDeleted(string TaskId, bool Deleted);

/// <inheritdoc cref="TaskDeleted"/>
public sealed record TemplateDeleted(string TemplateId, bool Deleted);

/// <inheritdoc cref="TaskDeleted"/>
public sealed record ProductDeleted(string ProductCollectId, bool Deleted);

/// <inheritdoc cref="TaskDeleted"/>
public sealed record MailboxDeleted(string SenderId, bool Deleted);

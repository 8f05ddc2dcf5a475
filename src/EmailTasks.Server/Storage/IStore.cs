namespace EmailTasks.Server.Storage;

/// <summary>The change could not be made durable, or nobody can tell whether it was. Safe to repeat.</summary>
public sealed class StoreUnavailableException(string message, Exception inner) : Exception(message, inner);

/// <summary>A database: SQLite in this process, or PostgreSQL shared by several nodes. The same statements, rules and answers.</summary>
public interface IStore : IDisposable
{
    /// <summary>How this database says what databases say differently.</summary>
    Dialect Sql { get; }

    /// <summary>UTC microseconds by the database's clock, as far as this process knows it.</summary>
    long Now { get; }

    /// <summary>Whether other processes may work on the same rows; then nothing that stands in memory proves anything.</summary>
    bool IsShared { get; }

    /// <summary>Why nothing may be dispatched from this database (a setting that could lose a commit), or null.</summary>
    string? Unsafe { get; }

    /// <summary>Where the rows lie, so that a copy elsewhere says something else; null when that can't be told.</summary>
    string? Place { get; }

    /// <summary>Runs a change; it is durable when this returns, unless <paramref name="keep"/> says no to its answer.</summary>
    /// <param name="body">Awaits nothing but its transaction, and may run again.</param>
    /// <param name="keep">Whether the change stays, told from its answer; always, when null.</param>
    /// <param name="first">True for begin, finish and what stops mail: where changes queue, they go before everything else.</param>
    /// <exception cref="StoreUnavailableException">It is not there, or its answer was lost.</exception>
    Task<T> Write<T>(Func<Db, ValueTask<T>> body, Func<T, bool>? keep = null, bool first = false);

    /// <summary>Reads on one snapshot.</summary>
    Task<T> Read<T>(Func<Db, ValueTask<T>> body);
}

using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace EmailTasks.Server.Storage.Sqlite;

/// <summary>
/// The writer's connection as Dapper sees it: commands of the same text share one prepared statement. Parsing and
/// planning took three quarters of the writer's time before; SQLite prepares a kept one again by itself when the schema changes.
/// </summary>
internal sealed class KeptStatements(SqliteConnection inner) : DbConnection
{
    /// <summary>Statements kept. The product has fewer.</summary>
    private const int Most = 200;

    private readonly Dictionary<string, SqliteCommand> _idle = new(StringComparer.Ordinal);

    [AllowNull]
    public override string ConnectionString { get => inner.ConnectionString; set => throw new NotSupportedException(); }

    public override string Database => inner.Database;

    public override string DataSource => inner.DataSource;

    public override string ServerVersion => inner.ServerVersion;

    public override ConnectionState State => inner.State;

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    public override void Open() => throw new NotSupportedException();

    public override void Close() => throw new NotSupportedException();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new NotSupportedException();

    protected override DbCommand CreateDbCommand() => new Command(this);

    protected override void Dispose(bool disposing)
    {
        foreach (var command in _idle.Values) command.Dispose();
        _idle.Clear();
        base.Dispose(disposing);
    }

    /// <summary>A statement of this text that nobody uses at the moment.</summary>
    private SqliteCommand Take(string text)
    {
        if (_idle.Remove(text, out var kept)) return kept;
        var command = inner.CreateCommand();
        command.CommandText = text;
        return command;
    }

    private void GiveBack(SqliteCommand command, bool keep)
    {
        command.Parameters.Clear();
        if (!keep || _idle.Count >= Most || !_idle.TryAdd(command.CommandText, command)) command.Dispose();
    }

    private sealed class Command(KeptStatements owner) : DbCommand
    {
        private SqliteCommand? _inner;
        private bool _keep = true;

        [AllowNull]
        public override string CommandText
        {
            get => _inner?.CommandText ?? "";
            set
            {
                if (_inner is null) _inner = owner.Take(value ?? "");
                else if (value != _inner.CommandText)
                {
                    // Dapper writes a list of values into the text while it sets the parameters: such a text is not kept.
                    _inner.CommandText = value;
                    _keep = false;
                }
            }
        }

        public override int CommandTimeout { get => Inner.CommandTimeout; set => Inner.CommandTimeout = value; }

        public override CommandType CommandType { get => CommandType.Text; set => Require(value == CommandType.Text); }

        public override bool DesignTimeVisible { get; set; }

        public override UpdateRowSource UpdatedRowSource { get; set; }

        protected override DbConnection? DbConnection { get => owner; set => Require(value == owner); }

        protected override DbParameterCollection DbParameterCollection => Inner.Parameters;

        protected override DbTransaction? DbTransaction { get => null; set => Require(value is null); }

        private SqliteCommand Inner => _inner ?? throw new InvalidOperationException("The command has no text yet.");

        /// <summary>A reader that is closed early leaves its statement unprepared; asked for here, it stays.</summary>
        private SqliteCommand Prepared
        {
            get
            {
                Inner.Prepare();
                return Inner;
            }
        }

        public override void Cancel() => Inner.Cancel();

        public override int ExecuteNonQuery() => Prepared.ExecuteNonQuery();

        public override object? ExecuteScalar() => Prepared.ExecuteScalar();

        public override void Prepare() => Inner.Prepare();

        protected override DbParameter CreateDbParameter() => Inner.CreateParameter();

        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Prepared.ExecuteReader(behavior);

        protected override void Dispose(bool disposing)
        {
            if (disposing && _inner is { } done) owner.GiveBack(done, _keep);
            _inner = null;
            base.Dispose(disposing);
        }

        private static void Require(bool holds)
        {
            if (!holds) throw new NotSupportedException();
        }
    }
}

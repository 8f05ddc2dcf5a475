using Npgsql;

namespace EmailTasks.Server.Storage.Postgres;

/// <summary>The schema in PostgreSQL, and the settings without which nothing may be dispatched.</summary>
internal static class PostgresSchema
{
    /// <summary>The oldest server the statements are tried on.</summary>
    private const int OldestMajor = 15;

    /// <summary>One node at a time brings the schema up; any number will do, as long as it is ours.</summary>
    private const long LockKey = 0x656d61696c746173; // "emailtas"

    /// <summary>Runs the steps that are missing.</summary>
    public static async Task BringUp(NpgsqlConnection connection)
    {
        if (connection.PostgreSqlVersion.Major < OldestMajor)
            throw new InvalidOperationException($"PostgreSQL {connection.PostgreSqlVersion} is too old; {OldestMajor} or later is needed.");
        if (await Text(connection, "select pg_encoding_to_char(encoding) from pg_database where datname = current_database()") != "UTF8")
            throw new InvalidOperationException("The database's encoding is not UTF8. Create it with: create database … encoding 'UTF8' template template0.");
        await Run(connection, $"select pg_advisory_lock({LockKey})");
        try
        {
            await Run(connection, "create table if not exists schema_version (number bigint primary key)");
            var done = await Number(connection, "select coalesce(max(number), 0) from schema_version");
            if (done > Migrations.All[^1].Number)
                throw new InvalidOperationException($"The database is of a newer version (schema {done}). Use the server that made it, or a newer one.");
            foreach (var step in Migrations.All.Where(m => m.Number > done))
                await Run(connection, $"begin; {Migrations.ForPostgres(step.Sql)}; insert into schema_version (number) values ({step.Number}); commit");
        }
        finally
        {
            await Run(connection, $"select pg_advisory_unlock({LockKey})");
        }
    }

    /// <summary>Why a commit could be lost after it was acknowledged, or null.</summary>
    public static async Task<string?> Unsafe(NpgsqlConnection connection)
    {
        string[] needed = ["fsync", "full_page_writes"];
        foreach (var setting in needed)
        {
            if (await Text(connection, $"show {setting}") != "on")
                return $"PostgreSQL runs with {setting} = off: a crash could forget that a mail was handed over. Set it to on and restart PostgreSQL.";
        }
        return null;
    }

    /// <summary>
    /// The cluster's identity and timeline: a restore and a failover begin a new timeline, a dump lands in another cluster.
    /// From the log's own position: the control file learns of a promotion only at its next checkpoint.
    /// </summary>
    public static async Task<string?> Place(NpgsqlConnection connection)
    {
        try
        {
            return await Text(connection, "select system_identifier || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) from pg_control_system()");
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.ObjectNotInPrerequisiteState or PostgresErrorCodes.UndefinedFunction)
        {
            return null; // a hosted database may not tell; what nodes remember still does
        }
    }

    private static async Task Run(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string?> Text(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        return (await command.ExecuteScalarAsync())?.ToString();
    }

    private static async Task<long> Number(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}

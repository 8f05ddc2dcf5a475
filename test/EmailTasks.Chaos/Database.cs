using System.Data.Common;
using Dapper;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace EmailTasks.Chaos;

/// <summary>A recipient as the product left it.</summary>
internal sealed record Row
{
    public required string Address { get; init; }

    public required string Task { get; init; }

    public long State { get; init; }

    public string? Reason { get; init; }

    public long? BegunAt { get; init; }

    public long Attempt { get; init; }

    public long Status { get; init; }

    public long? OpenedAt { get; init; }

    public long? MachineOpenedAt { get; init; }

    public long? ClickedAt { get; init; }

    public long? MachineClickedAt { get; init; }

    public long? RepliedAt { get; init; }

    public long? AutoRepliedAt { get; init; }

    public long? BouncedAt { get; init; }

    public long? UnsubscribedAt { get; init; }

    /// <summary>Whether a reaction left its trace.</summary>
    public bool Shows(Reaction reaction) => reaction switch
    {
        Reaction.Open => (OpenedAt ?? MachineOpenedAt) is not null,
        Reaction.Click => (ClickedAt ?? MachineClickedAt) is not null,
        Reaction.Unsubscribe => UnsubscribedAt is not null,
        Reaction.Reply or Reaction.ReplyTwice => RepliedAt is not null,
        Reaction.AutoReply => AutoRepliedAt is not null,
        Reaction.Bounce => BouncedAt is not null,
    };

    public RecipientState Is => (RecipientState)State;

    /// <summary>Whether anything was ever started with it.</summary>
    public bool Started => (MailTaskStatus)Status is not (MailTaskStatus.Draft or MailTaskStatus.Scheduled);
}

/// <summary>Reads the database past the product and past everything that cuts its nodes off.</summary>
internal sealed class Database(Func<DbConnection> connect)
{
    private const string States = "pending handed sent failed uncertain suppressed cancelled expired";

    /// <summary>A shared PostgreSQL.</summary>
    public static Database Postgres(string connectionString) => new(() => new NpgsqlConnection(connectionString + ";Pooling=false"));

    /// <summary>The file in a data folder.</summary>
    public static Database Sqlite(string folder) => new(() => new SqliteConnection($"Data Source={Path.Combine(folder, "email-tasks.db")};Mode=ReadOnly;Pooling=False"));

    /// <summary>Every recipient.</summary>
    public Task<List<Row>> Rows() => Many<Row>(
        """
        select r.address as Address, cast(r.state as bigint) as State, r.reason as Reason, r.begun_at as BegunAt, cast(r.attempt as bigint) as Attempt,
          t.id as Task, cast(t.status as bigint) as Status, r.opened_at as OpenedAt, r.machine_opened_at as MachineOpenedAt, r.clicked_at as ClickedAt, r.machine_clicked_at as MachineClickedAt,
          r.replied_at as RepliedAt, r.auto_replied_at as AutoRepliedAt, r.bounced_at as BouncedAt, r.unsubscribed_at as UnsubscribedAt
        from recipient r join task t on t.set_id = r.set_id
        """);

    /// <summary>Sets whose counters are not what their rows are, with both.</summary>
    public Task<List<string>> Miscounted()
    {
        var names = States.Split(' ');
        var counted = string.Join(", ", names.Select((name, state) => $"sum(case when state = {state} then 1 else 0 end) as {name}"));
        var kept = string.Join(", ", names.Append("retrying").Select(n => $"sum({n}) as {n}"));
        var differs = string.Join(" or ", names.Append("retrying").Select(n => $"coalesce(k.{n}, 0) <> c.{n}"));
        var told = string.Join(" || ' ' || ", names.Append("retrying").Select(n => $"'{n} ' || c.{n} || '/' || coalesce(k.{n}, 0)"));
        return Many<string>(
            $"""
            select 'set ' || c.set_id || ': ' || {told}
            from (select set_id, {counted}, sum(case when state = 0 and next_attempt_at is not null then 1 else 0 end) as retrying from recipient group by set_id) c
            left join (select set_id, {kept} from task_counter group by set_id) k on k.set_id = c.set_id
            where {differs}
            """);
    }

    /// <summary>Whether so many replies were taken in.</summary>
    public async Task<bool> Heard(int replies) => await Number("select count(*) from message where kind = 'reply'") >= replies;

    /// <summary>Addresses that opted out, by the log of suppressions.</summary>
    public Task<List<string>> OptedOut() => Many<string>("select address from suppression where reason = 'unsubscribed' and removed_pos is null");

    /// <summary>Mailboxes that believe mail is in flight.</summary>
    public Task<List<string>> InFlight() => Many<string>("select address || ' ' || in_flight from mailbox where in_flight <> 0");

    /// <summary>Rows that are open although their task is done.</summary>
    public Task<List<string>> OpenInSettled() => Many<string>("select t.id || ' ' || r.address from recipient r join task t on t.set_id = r.set_id where t.settled = 1 and r.state in (0, 1)");

    /// <summary>Started tasks that are not settled.</summary>
    public Task<List<string>> Unsettled() => Many<string>("select id from task where settled = 0 and status in (2, 3, 5)");

    /// <summary>Mailboxes that wait for a person.</summary>
    public Task<List<string>> Paused() => Many<string>("select id from mailbox where paused_reason is not null");

    /// <summary>One statement with one number.</summary>
    public async Task<long> Number(string sql) => (await Many<long>(sql))[0];

    private async Task<List<T>> Many<T>(string sql)
    {
        await using var connection = connect();
        await connection.OpenAsync();
        return [.. await connection.QueryAsync<T>(sql)];
    }
}

using System.Text.Json.Serialization;

namespace EmailTasks.Contracts;

/// <summary>Takes nothing: what is accepted is what the dry run shows.</summary>
public sealed record AcceptRestore();

/// <summary>What a restore made doubtful, and what became of it.</summary>
public sealed record RestoreAccepted(
    [property: Wire("Why dispatch stood still: went_back, folder_copied, timeline_changed or silent; null when it did not.")] string? Reason,
    [property: Wire("The same in a sentence.")] string? Detail,
    [property: Wire("Since when it stood still.")] DateTimeOffset? PausedAt,
    [property: Wire("Tasks that were being sent, or had come due.")] long TasksInDoubt,
    [property: Wire("Their recipients who were waiting or being handed over: they become uncertain, each for a person to settle.")] long RecipientsInDoubt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Changed);

public sealed record VerifyData([property: Wire("Only this task; all that were started unless told.", In = WireIn.Query, Id = "tsk")] string? TaskId);

/// <summary>A number that is not what the rows say.</summary>
public sealed record CountDifference(string TaskId, string Number, long Counter, long Recount);

/// <summary>What a recount found.</summary>
public sealed record DataVerified(long TasksCounted, long DifferenceCount, [property: Wire("The first 1,000.")] IReadOnlyList<CountDifference> Differences);

public static class DataOps
{
    public static readonly Op<VerifyData, DataVerified> Verify = new("data verify", "GET /v1/data/verify", Effect.Read, Role.Admin,
        "Recount every number from recipients and messages, and name each difference.", static j => j.VerifyData, static j => j.DataVerified)
    {
        PersonOnly = true,
    };

    public static readonly Op<AcceptRestore, RestoreAccepted> AcceptRestore = new("data accept-restore", "POST /v1/data/accept-restore", Effect.Destroy, Role.Admin,
        "Go on after the database was put back, copied or failed over: who may have been mailed meanwhile becomes uncertain.", static j => j.AcceptRestore, static j => j.RestoreAccepted)
    {
        PersonOnly = true,
    };
}

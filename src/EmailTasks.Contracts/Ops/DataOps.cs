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

public static class DataOps
{
    public static readonly Op<AcceptRestore, RestoreAccepted> AcceptRestore = new("data accept-restore", "POST /v1/data/accept-restore", Effect.Destroy, Role.Admin,
        "Go on after the database was put back, copied or failed over: who may have been mailed meanwhile becomes uncertain.", static j => j.AcceptRestore, static j => j.RestoreAccepted)
    {
        PersonOnly = true,
    };
}

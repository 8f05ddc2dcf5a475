namespace EmailTasks.Core.Trust;

/// <summary>What is known of who last decided about a task that is to be let go.</summary>
/// <param name="ScheduledByPerson">A person planned its start, or that of the task it was copied from, and nobody has let it go since.</param>
/// <param name="Stopped">A copy of a task that a person stopped, with the people whom it had not mailed; or a planned start that waited for a person because its planner's right had ended.</param>
/// <param name="EditedByAgent">An agent's key was the last to change what would leave.</param>
public sealed record TaskTrust(bool ScheduledByPerson, bool Stopped, bool EditedByAgent);

/// <summary>What the one who lets a task go must be, or must name. Pure.</summary>
public static class TrustRules
{
    /// <summary>Whether a person must decide: what a person planned, or what was stopped, is not let go by an agent, also after the agent took it back, changed or copied it.</summary>
    public static bool NeedsPerson(TaskTrust task, Who who) => (task.ScheduledByPerson || task.Stopped) && !who.IsPerson;

    /// <summary>Whether the caller must name the plan although the key need not: what an agent changed last is read before it leaves.</summary>
    public static bool NeedsPlan(TaskTrust task, string? plan) => task.EditedByAgent && plan is null;
}

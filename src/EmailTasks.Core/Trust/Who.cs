namespace EmailTasks.Core.Trust;

/// <summary>On whose word something happens: a member, by which key, and whether a person or a program typed it.</summary>
/// <param name="IsPerson">False for an agent's key.</param>
public sealed record Who(bool IsPerson, string KeyId, string Uid)
{
    /// <summary>The word that is stored and shown.</summary>
    public string Actor => IsPerson ? Person : Agent;

    /// <summary>A person's key.</summary>
    public const string Person = "person";

    /// <summary>An agent's key.</summary>
    public const string Agent = "agent";
}

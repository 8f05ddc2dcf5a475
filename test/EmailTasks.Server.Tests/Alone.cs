using Xunit;

namespace EmailTasks.Server.Tests;

/// <summary>Tests that load the machine or look at the clock run one after the other, and beside nothing else.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

/// <summary>Tests that mostly wait, and hold on a busy machine too: <c>./test.sh</c> runs them beside everything else.</summary>
public static class Waits
{
    public const string Trait = "kind";
    public const string Name = "waiting";
}

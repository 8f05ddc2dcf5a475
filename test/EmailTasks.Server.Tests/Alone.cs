using Xunit;

namespace EmailTasks.Server.Tests;

/// <summary>Tests that load the machine or look at the clock run one after the other, and beside nothing else.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

using Xunit;

namespace EmailTasks.Testing;

/// <summary>The databases the product runs on. Every server test takes one, so that a second one is a value, not a rewrite.</summary>
public enum StoreKind
{
    Sqlite,
}

/// <summary>For <c>[MemberData]</c>.</summary>
public static class Stores
{
    /// <summary>All of them.</summary>
    public static TheoryData<StoreKind> All => [.. Enum.GetValues<StoreKind>()];
}

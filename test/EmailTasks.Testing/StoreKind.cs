using Xunit;

namespace EmailTasks.Testing;

/// <summary>The databases the product runs on. Every server test takes one, so that a second one is a value, not a rewrite.</summary>
public enum StoreKind
{
    Sqlite,
    Postgres,
}

/// <summary>For <c>[MemberData]</c>.</summary>
public static class Stores
{
    /// <summary>All of them.</summary>
    public static TheoryData<StoreKind> All => [.. Enum.GetValues<StoreKind>()];

    /// <summary>Only the embedded one: tests of what it alone has, or that would only take long on both.</summary>
    public static TheoryData<StoreKind> Embedded => [StoreKind.Sqlite];
}

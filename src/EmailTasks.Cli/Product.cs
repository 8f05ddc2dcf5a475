namespace EmailTasks.Cli;

/// <summary>What this program is called, and which version it is.</summary>
internal static class Product
{
    /// <summary>The command's name.</summary>
    public const string Name = "noxinfluencer";

    /// <summary>The version, as in <c>Directory.Build.props</c>.</summary>
    public static string Version => typeof(Product).Assembly.GetName().Version!.ToString(3);

    /// <summary>What <c>--version</c> prints.</summary>
    public static string Line => $"{Name} {Version}";
}

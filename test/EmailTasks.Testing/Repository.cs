namespace EmailTasks.Testing;

/// <summary>Where the sources lie, for tests that read them or run what was built from them.</summary>
/// <remarks>Never from <c>[CallerFilePath]</c>: a build with <c>CI=true</c> is deterministic and writes <c>/_/</c> there.</remarks>
public static class Repository
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The full path of a file or folder, given from the root with forward slashes.</summary>
    public static string At(string path) => Path.Combine(Root, path);

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "EmailTasks.slnx"))) return folder;
        }
        throw new InvalidOperationException("These tests read the repository and must run inside it.");
    }
}

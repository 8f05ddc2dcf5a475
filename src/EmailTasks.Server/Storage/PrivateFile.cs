using System.Text;

namespace EmailTasks.Server.Storage;

/// <summary>Files and folders only their owner may read, from their first byte on.</summary>
public static class PrivateFile
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode MyFolder = Mine | UnixFileMode.UserExecute;

    /// <summary>Writes a text.</summary>
    public static void Write(string path, string text)
    {
        using var stream = new FileStream(path, Options(FileMode.Create));
        stream.Write(Encoding.UTF8.GetBytes(text + "\n"));
        stream.Flush(flushToDisk: true);
    }

    /// <summary>A file that was not there. The kernel makes it or refuses: where a link stands in its place, it refuses.</summary>
    public static FileStream New(string path) => new(path, Options(FileMode.CreateNew));

    /// <summary>How a file of ours is opened.</summary>
    public static FileStreamOptions Options(FileMode mode, FileAccess access = FileAccess.Write, int bufferSize = 1 << 16)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = FileShare.None, BufferSize = bufferSize };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Mine;
        return options;
    }

    /// <summary>Makes a folder, and those above it, for the owner alone. One that was there stays as its owner made it.</summary>
    public static void Folder(string path)
    {
        if (Directory.Exists(path)) return;
        if (Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(path)) is { Length: > 0 } above) Folder(above); // left to the base library, it would be open
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, MyFolder);
    }

    /// <summary>The same for a folder of mails: one that was there loses what others might do in it.</summary>
    public static void Closed(string path)
    {
        Folder(path);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~MyFolder) != UnixFileMode.None) File.SetUnixFileMode(path, MyFolder);
    }

    /// <summary>The path, or the folder it is in, if that is a link; null when neither is.</summary>
    public static string? Link(string path)
    {
        if (new FileInfo(path).LinkTarget is not null) return path;
        return Path.GetDirectoryName(path) is { } folder && new DirectoryInfo(folder).LinkTarget is not null ? folder : null;
    }
}

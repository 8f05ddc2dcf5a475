using System.Collections.Concurrent;

namespace EmailTasks.Server.Storage.Sqlite;

/// <summary>Another process works in this data folder.</summary>
public sealed class FolderInUseException(string folder) : Exception($"The data folder {folder} is in use by another server process. Stop that one, or use another --data folder.");

/// <summary>
/// One process per data folder. What is held lives in a static field: a lock that hung on an object was finalised with
/// it and let a second process in.
/// </summary>
public sealed class FolderLock : IDisposable
{
    private static readonly ConcurrentDictionary<string, FileStream> Held = new(StringComparer.Ordinal);

    private readonly string _path;

    private FolderLock(string path) => _path = path;

    /// <summary>Takes the lock or throws <see cref="FolderInUseException"/>; the kernel lets go when the process ends, however it ends.</summary>
    public static FolderLock Take(string folder)
    {
        var path = Path.Combine(Path.GetFullPath(folder), "lock");
        FileStream stream;
        try
        {
            stream = new FileStream(path, PrivateFile.Options(FileMode.OpenOrCreate, FileAccess.ReadWrite));
        }
        catch (IOException)
        {
            throw new FolderInUseException(folder);
        }
        if (Held.TryAdd(path, stream)) return new FolderLock(path);
        stream.Dispose();
        throw new FolderInUseException(folder);
    }

    /// <summary>Lets go; only the store that took it calls this.</summary>
    public void Dispose()
    {
        if (Held.TryRemove(_path, out var stream)) stream.Dispose();
    }
}

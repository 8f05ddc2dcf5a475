using System.Security.Cryptography;
using System.Text;

namespace EmailTasks.Server.Storage.Sqlite;

/// <summary>
/// Tells a data folder from its copies: the machine, the path, and the number the file system gave the folder. Not the
/// device's number: that one may be another after every boot. Hashed, because it is shown to whoever asks.
/// </summary>
internal static class FolderStamp
{
    private const string MachineIdFile = "/etc/machine-id";

    /// <summary>The stamp of a folder as it lies there now.</summary>
    public static string Of(string folder)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var machine = File.Exists(MachineIdFile) ? File.ReadAllText(MachineIdFile).Trim() : "";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{machine}\n{path}\n{Disk.Inode(path)}")))[..32];
    }
}

using EmailTasks.Server.Storage;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Restore;

/// <summary>What the server writes is its owner's alone.</summary>
public sealed class ModeTests
{
    private const UnixFileMode Others = ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    [Fact]
    public async Task Nobody_else_reads_a_mail_a_database_a_key_or_a_list_of_them()
    {
        var root = Directory.CreateTempSubdirectory("email-tasks-modes-").FullName;
        var data = Path.Combine(root, "new", "data");
        await using (var server = await TestServer.Start(folder: data))
        {
            // A folder of before, which others could read, is closed when mail is written to it again.
            var outbox = Path.Combine(data, "files", await server.Account(), "outbox");
            PrivateFile.Folder(outbox);
            File.SetUnixFileMode(outbox, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
            var task = await server.Ready(3, await server.Pickup());
            await server.Send(task);
            await server.Settled(task);
            Assert.Equal(3, Directory.GetFiles(outbox, "*.eml").Length);
            var open = Directory.EnumerateFileSystemEntries(data, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
                .Append(data).Append(Path.GetDirectoryName(data)!).Where(p => (File.GetUnixFileMode(p) & Others) != UnixFileMode.None).ToList();
            Assert.Empty(open);
        }
        Directory.Delete(root, recursive: true);
    }
}

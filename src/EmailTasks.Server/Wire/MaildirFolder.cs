using EmailTasks.Core.Inbound;

namespace EmailTasks.Server.Wire;

/// <summary>A maildir (folders cur, new, tmp) below the account's files folder, into which another program delivers.</summary>
internal static class MaildirFolder
{
    private static readonly string[] Parts = ["cur", "new", "tmp"];

    /// <summary>What stands against reading it, or null. A link in its path is refused, because it could lead anywhere.</summary>
    /// <param name="root">The account's files folder.</param>
    /// <param name="create">Makes what is missing.</param>
    public static InboundProblem? Problem(string root, string folder, bool create)
    {
        try
        {
            var folders = Parts.Select(p => Path.Combine(folder, p)).ToList();
            for (var part = folder; part.Length >= root.Length; part = Path.GetDirectoryName(part)!) folders.Add(part);
            if (folders.Exists(f => new DirectoryInfo(f).LinkTarget is not null))
                return new("maildir_is_link", "A folder on the way to the maildir is a link; links are not followed.", "Give a folder that really lies below the account's files folder.");
            if (create) foreach (var part in Parts) Directory.CreateDirectory(Path.Combine(folder, part));
            if (folders.Exists(f => !Directory.Exists(f)))
                return new("maildir_missing", "The maildir is not there, or has no cur, new and tmp.", "Let the program that delivers make it, or save inbound again with `mailbox update`.");
            foreach (var part in Parts) _ = Directory.EnumerateFileSystemEntries(Path.Combine(folder, part)).Any();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new("maildir_closed", "The maildir cannot be read.", "Let the user that runs this server read and write it.");
        }
    }
}

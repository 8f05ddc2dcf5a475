using System.Runtime.InteropServices;
using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Message;
using EmailTasks.Server.Storage;
using MimeKit;

namespace EmailTasks.Server.Wire;

/// <summary>
/// Delivery into a folder. The file is written beside its name in <c>.spool</c>, flushed, takes that name, and is linked
/// out without replacing: what has a name there is whole, and whether it is out is never in doubt, also after a crash.
/// </summary>
public sealed class PickupSession(string folder, TimeProvider time) : IMailSession
{
    private const string Spool = ".spool";
    private const string Unfinished = ".part";
    private const int NameTaken = 17; // EEXIST
    private long _idleSince = time.GetTimestamp();

    /// <inheritdoc/>
    public bool Usable => true;

    /// <inheritdoc/>
    public TimeSpan IdleFor => time.GetElapsedTime(Volatile.Read(ref _idleSince));

    /// <summary>Makes the folder; a link in its path is refused, because it could lead anywhere.</summary>
    public static string? Prepare(string root, string folder)
    {
        for (var part = folder; part.Length >= root.Length; part = Path.GetDirectoryName(part)!)
        {
            if (new DirectoryInfo(part) is { Exists: true, LinkTarget: not null }) return $"{part} is a link.";
        }
        // They hold whole mails: nobody else on the machine reads them, whatever the umask.
        PrivateFile.Closed(folder);
        PrivateFile.Closed(Path.Combine(folder, Spool));
        return null;
    }

    /// <inheritdoc/>
    public Task<AttemptReport> SendAsync(MimeMessage message, string from, string to, DotGate gate, CancellationToken abortBeforeGate) =>
        Task.Run(() => Send(message, gate), CancellationToken.None);

    /// <inheritdoc/>
    public Task<bool> NoopAsync() => Task.FromResult(true);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>What a crash left of a delivery: true when its file is out there (or could be put there now), false when nothing proves it.</summary>
    /// <param name="mayDeliver">False when the task was stopped meanwhile: what has not left then never does.</param>
    public static bool Recover(string folder, string token, bool mayDeliver)
    {
        var target = Path.Combine(folder, token + ".eml");
        var spool = Path.Combine(folder, Spool, token);
        if (File.Exists(target)) return true;
        File.Delete(spool + Unfinished);
        if (!File.Exists(spool)) return false;
        var isOut = mayDeliver && Link(spool, target);
        if (isOut) FlushFolder(folder);
        if (isOut || !mayDeliver) File.Delete(spool);
        return isOut;
    }

    private AttemptReport Send(MimeMessage message, DotGate gate)
    {
        var token = message.MessageId!.Split('@')[0];
        var spool = Path.Combine(folder, Spool, token);
        try
        {
            Write(spool, MessageRenderer.ToBytes(message));
            if (!gate.TryDot())
            {
                File.Delete(spool);
                return Report(SmtpPhase.Body, false, SmtpEnding.GateRefused, null);
            }
            var isOut = Link(spool, Path.Combine(folder, token + ".eml"));
            if (isOut) FlushFolder(folder);
            Forget(spool);
            // A full disk is the folder's trouble, never the recipient's: the file is not out, and that is certain.
            return isOut ? Report(SmtpPhase.Dot, true, SmtpEnding.Reply, 250) : Report(SmtpPhase.Connect, false, SmtpEnding.Lost, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Report(gate.State == DotGateState.Dotted ? SmtpPhase.Dot : SmtpPhase.Connect, gate.State == DotGateState.Dotted, SmtpEnding.Lost, null);
        }
        finally
        {
            Volatile.Write(ref _idleSince, time.GetTimestamp());
        }
    }

    private static AttemptReport Report(SmtpPhase phase, bool dotted, SmtpEnding ending, int? code) => new(phase, dotted, ending, code, null, code == 250 ? "written to the folder" : null);

    private static void Write(string path, byte[] bytes)
    {
        var unfinished = path + Unfinished;
        try
        {
            using (var stream = new FileStream(unfinished, PrivateFile.Options(FileMode.Create, bufferSize: 0)))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }
            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            Forget(unfinished);
            throw;
        }
    }

    private static void Forget(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
            // It is in nobody's way: the next attempt writes over it.
        }
    }

    /// <summary>A hard link fails when the name is taken: a rename that never replaces. A name that is taken is this mail, delivered before.</summary>
    private static bool Link(string from, string to) => Native.Link(from, to) == 0 || Marshal.GetLastPInvokeError() == NameTaken;

    private static void FlushFolder(string folder)
    {
        var handle = Native.Open(folder, 0);
        if (handle < 0) return;
        _ = Native.Fsync(handle);
        _ = Native.Close(handle);
    }

    private static partial class Native
    {
        [DllImport("libc", EntryPoint = "link", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        public static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);

        [DllImport("libc", EntryPoint = "open", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        public static extern int Fsync(int handle);

        [DllImport("libc", EntryPoint = "close", SetLastError = true)]
        public static extern int Close(int handle);
    }
}

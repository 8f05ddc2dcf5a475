using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EmailTasks.Server.Storage;

/// <summary>What the base library does not say to a Unix file system.</summary>
internal static class Disk
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint InodeOnly = 0x100; // STATX_INO
    private const int StatxBytes = 256;
    private const int InodeAt = 32;

    /// <summary>The bytes are on the disk when this returns; times and the like need not be. Twice as cheap as all of it.</summary>
    public static void FlushData(SafeFileHandle file)
    {
        if (OperatingSystem.IsWindows()) RandomAccess.FlushToDisk(file);
        else if (Native.Fdatasync(file) != 0) throw new IOException($"The disk did not take what was written (error {Marshal.GetLastPInvokeError()}).");
    }

    /// <summary>The names in a folder are on the disk when this returns.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var handle = Native.Open(folder, 0);
        if (handle < 0) return;
        _ = Native.Fsync(handle);
        _ = Native.Close(handle);
    }

    /// <summary>The number a file system gave a folder, which a copy does not have; 0 where it can't be told.</summary>
    public static ulong Inode(string folder)
    {
        if (!OperatingSystem.IsLinux()) return 0;
        var answer = new byte[StatxBytes];
        try
        {
            return Native.Statx(CurrentFolder, folder, 0, InodeOnly, answer) == 0 ? BitConverter.ToUInt64(answer, InodeAt) : 0;
        }
        catch (EntryPointNotFoundException)
        {
            return 0; // a C library from before 2018
        }
    }

    private static class Native
    {
        [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
        public static extern int Fdatasync(SafeFileHandle handle);

        [DllImport("libc", EntryPoint = "open", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        public static extern int Fsync(int handle);

        [DllImport("libc", EntryPoint = "close", SetLastError = true)]
        public static extern int Close(int handle);

        [DllImport("libc", EntryPoint = "statx", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        public static extern int Statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] answer);
    }
}

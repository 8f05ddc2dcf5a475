using System.Runtime.InteropServices;

namespace EmailTasks.Cli.Show;

/// <summary>
/// Standard input, output and error as file descriptors. System.Console prepares a terminal for line editing as soon as
/// it is touched and writes <c>ESC[?1h</c> into it; a program that prints one answer has no use for that.
/// </summary>
internal static partial class Descriptor
{
    public const int In = 0;
    public const int Out = 1;
    public const int Error = 2;

    private const int Interrupted = 4;
    private const int TryAgain = 11;
    private const int BrokenPipe = 32;
    private const nuint WindowSize = 0x5413;

    /// <summary>True when a person is at the other end.</summary>
    public static bool IsTerminal(int descriptor) => isatty(descriptor) == 1;

    /// <summary>Columns of the terminal, or 0 when it does not say.</summary>
    public static unsafe int Columns()
    {
        var size = stackalloc ushort[4];
        return OperatingSystem.IsLinux() && ioctl(Out, WindowSize, size) == 0 ? size[1] : 0;
    }

    /// <summary>Reads what there is; 0 at the end.</summary>
    public static unsafe int Read(int descriptor, byte[] into)
    {
        fixed (byte* start = into)
        {
            while (true)
            {
                var got = read(descriptor, start, (nuint)into.Length);
                if (got >= 0) return (int)got;
                Again("read");
            }
        }
    }

    /// <summary>Writes it all; false when the reader has gone away (<c>| head</c>), which is no failure.</summary>
    public static unsafe bool Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (nint done = 0; done < bytes.Length;)
            {
                var wrote = write(descriptor, start + done, (nuint)(bytes.Length - done));
                if (wrote >= 0) done += wrote;
                else if (Marshal.GetLastPInvokeError() == BrokenPipe) return false;
                else Again("write");
            }
        }
        return true;
    }

    /// <summary>Returns when the call is to be made again.</summary>
    private static void Again(string call)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error is not (Interrupted or TryAgain or 35)) throw new IOException($"{call} failed ({error})");
        if (error != Interrupted) Thread.Sleep(1);
    }

    [LibraryImport("libc")]
    private static partial int isatty(int descriptor);

    [LibraryImport("libc")]
    private static unsafe partial int ioctl(int descriptor, nuint request, ushort* size);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint read(int descriptor, byte* into, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint write(int descriptor, byte* from, nuint length);
}

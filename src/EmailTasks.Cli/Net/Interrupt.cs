using System.Runtime.InteropServices;
using EmailTasks.Cli.Show;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Net;

/// <summary>Ctrl-C while waiting: one envelope, with the key that makes a repetition safe, and exit 130.</summary>
internal static class Interrupt
{
    private static PosixSignalRegistration[] _kept = [];

    /// <summary>Watches from now on.</summary>
    /// <param name="output">Where the envelope goes.</param>
    /// <param name="refusal">Makes it, at that moment.</param>
    public static void Watch(Output output, Func<(Refusal Refusal, Meta? Meta)> refusal)
    {
        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            var (why, meta) = refusal();
            Environment.Exit(output.Refuse(why, meta));
        }
        _kept = [PosixSignalRegistration.Create(PosixSignal.SIGINT, End), PosixSignalRegistration.Create(PosixSignal.SIGTERM, End)];
    }
}

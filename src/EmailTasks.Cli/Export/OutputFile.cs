using EmailTasks.Cli.Net;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Export;

/// <summary><c>--output &lt;file&gt;</c>: what a command writes into a file beside its answer.</summary>
internal static class OutputFile
{
    /// <summary>The option.</summary>
    public const string Option = "--output";

    /// <summary>What is wrong with the file's name, or null; asked before the call.</summary>
    public static Refusal? Check(Line line) =>
        line.Value(Option) is null ? null : line.Op == ReportOps.Report ? ReportFile.Check(line) : PreviewFile.Check(line);

    /// <summary>Writes the file and names it in the answer.</summary>
    /// <param name="get">Asks the server for more: a path with its query.</param>
    public static Refusal? Write(Line line, ref byte[] envelope, Func<string, Reply> get) =>
        line.Value(Option) is null ? null : line.Op == ReportOps.Report ? ReportFile.Write(line, ref envelope, get) : PreviewFile.Write(line, ref envelope);

    /// <summary>Writes bytes piece by piece, or says why that can't be done.</summary>
    public static Refusal? To(string path, Action<Stream> write)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
            write(file);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Refusal.Invalid(Option, "unwritable_file", $"{TextCheck.Shown(path)} can't be written.", "Give a path in a folder that exists and that you may write to.");
        }
    }
}

using System.Text;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Body;

/// <summary>Files and standard input named on the command line; what can go wrong is a refusal, not an exception.</summary>
internal static class TypedFile
{
    /// <summary>Reads a file, or standard input for <c>-</c>; a byte order mark is taken off.</summary>
    /// <param name="path">What was typed.</param>
    /// <param name="option">The option it was typed after.</param>
    /// <param name="bytesMax">More is refused before it is read whole.</param>
    /// <param name="bytes">What was read.</param>
    public static Refusal? Read(string path, string option, int bytesMax, out byte[] bytes)
    {
        bytes = [];
        try
        {
            if (path.Length == 0) return Refusal.Invalid(option, "empty", $"{option} names no file.", "Give a path, or - for standard input.");
            using var file = path == "-" ? null : File.OpenRead(path);
            using var whole = new MemoryStream();
            var chunk = new byte[64 * 1024];
            for (int got; (got = file is null ? Show.Descriptor.Read(Show.Descriptor.In, chunk) : file.Read(chunk)) > 0;)
            {
                if (whole.Length + got > bytesMax) return Refusal.Invalid(option, "too_long", $"{Named(path)} has more than {bytesMax} bytes.", "Split it into several calls, or shorten it.");
                whole.Write(chunk, 0, got);
            }
            bytes = whole.ToArray();
            if (bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[3..];
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Refusal.Invalid(option, "no_file", $"There is no file {TextCheck.Shown(path)}.", $"Look at the path after {option}; the working folder is {Environment.CurrentDirectory}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Refusal.Invalid(option, "unreadable_file", Directory.Exists(path) ? $"{TextCheck.Shown(path)} is a folder." : $"{Named(path)} can't be read.", "Give a file that you may read.");
        }
    }

    /// <summary>Reads text that stands in a file.</summary>
    public static Refusal? ReadText(string path, string option, int bytesMax, out string text)
    {
        text = "";
        if (Read(path, option, bytesMax, out var bytes) is { } refusal) return refusal;
        if (!System.Text.Unicode.Utf8.IsValid(bytes)) return Refusal.Invalid(option, "invalid_utf8", $"{Named(path)} is not valid UTF-8.", "Save it as UTF-8.");
        text = Encoding.UTF8.GetString(bytes);
        return null;
    }

    private static string Named(string path) => path == "-" ? "Standard input" : TextCheck.Shown(path);
}

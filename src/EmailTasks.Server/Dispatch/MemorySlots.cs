using System.Security.Cryptography;
using System.Text;

namespace EmailTasks.Server.Dispatch;

/// <summary>The form of the memory's file: lines of one length, each with its own check. A line lies within one sector of a disk, so it is there or is not.</summary>
internal static class MemorySlots
{
    /// <summary>Bytes of a line, its end included; divides a sector's 512.</summary>
    public const int Bytes = 128;

    private const int CheckCharacters = 8;

    /// <summary>One line.</summary>
    public static byte[] Line(string mailbox, Remembered what)
    {
        var text = $"{mailbox} {what.BeginNo} {what.Epoch}";
        return Encoding.ASCII.GetBytes($"{text} {Check(text)}".PadRight(Bytes - 1) + '\n');
    }

    /// <summary>The lines that are whole.</summary>
    public static IEnumerable<(string Mailbox, Remembered What)> Read(byte[] file)
    {
        for (var at = 0; at + Bytes <= file.Length; at += Bytes)
        {
            var words = Encoding.ASCII.GetString(file, at, Bytes).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length < 4 || words[3] != Check(string.Join(' ', words[..3]))) continue;
            yield return (words[0], new Remembered(long.Parse(words[1]), long.Parse(words[2])));
        }
    }

    private static string Check(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)))[..CheckCharacters];
}

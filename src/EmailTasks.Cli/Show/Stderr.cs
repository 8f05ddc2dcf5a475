using System.Text;

namespace EmailTasks.Cli.Show;

/// <summary>Standard error: warnings, waits and traces. Nobody's answer depends on it, so a closed one is no failure.</summary>
internal static class Stderr
{
    /// <summary>Writes one line.</summary>
    public static void Line(string text) => Bytes(Encoding.UTF8.GetBytes(Clean.Line(text)));

    /// <summary>Writes text that is already clean.</summary>
    public static void Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes and ends the line.</summary>
    public static void Bytes(byte[] bytes)
    {
        try
        {
            Descriptor.Write(Descriptor.Error, bytes[^1] == '\n' ? bytes : [.. bytes, (byte)'\n']);
        }
        catch (IOException)
        {
        }
    }
}

namespace EmailTasks.Contracts;

/// <summary>Words as a POSIX shell reads them: the one place where a value is put into a command line.</summary>
public static class ShellLine
{
    /// <summary>A value as one word of a line: quoted wherever a shell would read something else into it.</summary>
    public static string Quoted(string word) => word.Length > 0 && word.All(IsPlain) ? word : "'" + word.Replace("'", "'\\''") + "'";

    // Letters of other scripts are quoted too: some of them are spaces to some shells.
    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or '=' or ',' or '@' or '+';
}

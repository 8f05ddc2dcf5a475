using EmailTasks.Cli.Body;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Import;

/// <summary>Reads a file of rows. What it is is told by its first bytes, not by its name.</summary>
internal static class SheetFile
{
    private static ReadOnlySpan<byte> Zip => "PK\x03\x04"u8;

    /// <summary>How old Excel files and encrypted workbooks begin (a compound file).</summary>
    private static ReadOnlySpan<byte> Compound => [0xD0, 0xCF, 0x11, 0xE0];

    /// <summary>Reads it, or says what is wrong.</summary>
    public static Refusal? Read(string path, string option, out Sheet sheet)
    {
        sheet = new Sheet("", null, null, [], 0);
        if (TypedFile.Read(path, option, Sheet.FileBytesMax, out var bytes) is { } unread) return unread;
        try
        {
            sheet = bytes.AsSpan().StartsWith(Zip) ? Workbook.Read(bytes) : Csv(bytes);
        }
        catch (SheetException e)
        {
            return Refusal.Invalid(option, e.Code, e.Message, e.Fix);
        }
        return sheet.Rows.Count == 0 ? Refusal.Invalid(option, "empty", $"{TextCheck.Shown(path)} holds no rows.", "Give a file with a header and a row for each person.") : null;
    }

    private static Sheet Csv(byte[] bytes)
    {
        if (bytes.AsSpan().StartsWith(Compound)) throw new SheetException("unknown_format", "The file is an old Excel file or has a password.", "Save it as .xlsx without a password, or as CSV.");
        var text = Characters.Decode(bytes, out var encoding);
        return CsvReader.Read(text, encoding);
    }
}

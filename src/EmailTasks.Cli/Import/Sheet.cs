namespace EmailTasks.Cli.Import;

/// <summary>A row as it stands in the file.</summary>
/// <param name="Line">The line it begins on, from 1; in a workbook its row number.</param>
/// <param name="Cells">Its cells, untrimmed.</param>
/// <param name="Fault">What is wrong with its form, or null.</param>
internal sealed record SheetRow(int Line, string[] Cells, string? Fault = null)
{
    /// <summary>True when nothing stands in it.</summary>
    public bool IsBlank => Fault is null && Array.TrueForAll(Cells, string.IsNullOrWhiteSpace);
}

/// <summary>A file of rows, whatever it was saved as.</summary>
/// <param name="Format"><c>csv</c> or <c>xlsx</c>.</param>
/// <param name="Encoding">How its characters were encoded; null for a workbook.</param>
/// <param name="Separator">What stands between its cells; null for a workbook.</param>
/// <param name="Rows">The rows that hold something, the header first.</param>
/// <param name="BlankRows">How many rows held nothing.</param>
internal sealed record Sheet(string Format, string? Encoding, string? Separator, List<SheetRow> Rows, int BlankRows)
{
    /// <summary>Bytes of a file: a million rows of a hundred bytes fit.</summary>
    public const int FileBytesMax = 128 * 1024 * 1024;

    /// <summary>Rows of a file, the header among them: what a task may hold, and one.</summary>
    public const int RowsMax = Contracts.Limits.RecipientsPerTask + 1;

    /// <summary>Columns of a row: 57 can be used.</summary>
    public const int ColumnsMax = 200;

    /// <summary>Characters of a cell: more is a quote that was never closed.</summary>
    public const int CellCharactersMax = 100_000;
}

/// <summary>The file can't be read as rows; the message is for the person who made it.</summary>
internal sealed class SheetException(string code, string problem, string fix) : Exception(problem)
{
    /// <summary>A stable word.</summary>
    public string Code => code;

    /// <summary>What to do.</summary>
    public string Fix => fix;
}

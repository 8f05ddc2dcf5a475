using System.Text;

namespace EmailTasks.Cli.Import;

/// <summary>
/// Comma-separated values as RFC 4180 has them and as spreadsheets write them: quotes doubled within quotes, line breaks
/// within quotes, <c>;</c> or tab instead of the comma, any line end, Excel's <c>sep=;</c> line.
/// </summary>
internal sealed class CsvReader
{
    private static readonly char[] Separators = [',', ';', '\t'];

    private readonly string _text;
    private readonly char _separator;
    private readonly StringBuilder _cell = new();
    private int _at;
    private int _line = 1;
    private string? _fault;

    private CsvReader(string text)
    {
        _text = text;
        _separator = Announced() ?? Guess();
    }

    /// <summary>Reads all rows.</summary>
    public static Sheet Read(string text, string encoding)
    {
        var reader = new CsvReader(text);
        var rows = new List<SheetRow>();
        var blank = 0;
        while (reader._at < text.Length)
        {
            var row = reader.Row();
            if (row.IsBlank) blank++;
            else rows.Add(row);
            if (rows.Count > Sheet.RowsMax) throw new SheetException("too_many", $"The file has more than {Sheet.RowsMax - 1} rows.", "Split it; a task holds that many.");
        }
        return new Sheet("csv", encoding, reader._separator switch { ',' => "comma", ';' => "semicolon", _ => "tab" }, rows, blank);
    }

    private SheetRow Row()
    {
        var start = _line;
        var cells = new List<string>();
        _fault = null;
        do
        {
            if (cells.Count == Sheet.ColumnsMax) throw new SheetException("too_many", $"Line {start} has more than {Sheet.ColumnsMax} columns.", "Take out the columns that nobody needs.");
            cells.Add(Cell());
        }
        while (Ends() == _separator && ++_at >= 0);
        EndLine();
        return new SheetRow(start, [.. cells], _fault);
    }

    /// <summary>One cell; stops at what ends it.</summary>
    private string Cell()
    {
        _cell.Clear();
        var from = _at;
        while (_at < _text.Length && _text[_at] == ' ') _at++;
        if (_at < _text.Length && _text[_at] == '"') Quoted();
        else _at = from;
        while (Ends() is null)
        {
            // What follows a closing quote is kept to be shown, but nobody can tell what it was meant to be.
            _cell.Append(_text[_at++]);
            if (_cell.Length > Sheet.CellCharactersMax) throw TooLong(_line);
        }
        return _cell.ToString();
    }

    private void Quoted()
    {
        var opened = _line;
        for (_at++; ; _at++)
        {
            if (_at >= _text.Length) throw new SheetException("open_quote", $"The quote that opens on line {opened} never closes.", "Close it, or double it if it belongs to the text.");
            if (_cell.Length > Sheet.CellCharactersMax) throw TooLong(opened);
            if (_text[_at] == '"')
            {
                if (_at + 1 >= _text.Length || _text[_at + 1] != '"') break;
                _at++;
            }
            else if (_text[_at] == '\n' || (_text[_at] == '\r' && !(_at + 1 < _text.Length && _text[_at + 1] == '\n')))
            {
                _line++;
            }
            _cell.Append(_text[_at]);
        }
        _at++;
        while (_at < _text.Length && _text[_at] == ' ') _at++;
        if (Ends() is null) _fault = "There is text after a closing quote; a quote within quotes is written twice.";
    }

    /// <summary>What ends a cell here: the separator, a line end (<c>\n</c>, also for the end of the file), or null.</summary>
    private char? Ends() =>
        _at >= _text.Length || _text[_at] is '\r' or '\n' ? '\n' : _text[_at] == _separator ? _separator : null;

    private void EndLine()
    {
        if (_at < _text.Length && _text[_at] == '\r') _at++;
        if (_at < _text.Length && _text[_at] == '\n') _at++;
        _line++;
    }

    private static SheetException TooLong(int line) =>
        new("too_long", $"A cell on line {line} has more than {Sheet.CellCharactersMax} characters.", "Look whether a quote is left open there.");

    /// <summary>The separator that the first line announces.</summary>
    private char? Announced()
    {
        if (!_text.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) || _text.Length < 5 || Array.IndexOf(Separators, _text[4]) < 0) return null;
        if (_text.Length > 5 && _text[5] is not ('\r' or '\n')) return null;
        _at = 5;
        EndLine();
        return _text[4];
    }

    /// <summary>The separator that stands most often in the first row, quotes left out.</summary>
    private char Guess()
    {
        var counts = new int[Separators.Length];
        var quoted = false;
        foreach (var c in _text.AsSpan().TrimStart("\r\n"))
        {
            if (c == '"') quoted = !quoted;
            if (quoted) continue;
            if (c is '\r' or '\n') break;
            if (Array.IndexOf(Separators, c) is >= 0 and var which) counts[which]++;
        }
        var best = 0;
        for (var i = 1; i < counts.Length; i++)
        {
            if (counts[i] > counts[best]) best = i;
        }
        return Separators[best];
    }
}

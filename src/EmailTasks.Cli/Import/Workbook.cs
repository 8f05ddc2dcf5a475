using System.Globalization;
using System.IO.Compression;
using System.Xml;

namespace EmailTasks.Cli.Import;

/// <summary>
/// The first sheet of an Excel workbook (ECMA-376): a zip of XML parts. Values are read as they were last calculated,
/// numbers and dates as text. Nothing in the file decides how much is read: every part has a limit.
/// </summary>
internal sealed class Workbook
{
    /// <summary>Bytes of one part when unpacked; a zip bomb is refused while it unpacks.</summary>
    private const long PartBytesMax = 512L * 1024 * 1024;

    /// <summary>Parts of the zip.</summary>
    private const int PartsMax = 2_000;

    /// <summary>Characters of all shared texts together.</summary>
    private const long SharedCharactersMax = 256L * 1024 * 1024;

    private readonly ZipArchive _zip;
    private readonly List<string> _shared = [];
    private readonly List<bool> _dates = [];
    private bool _from1904;

    private Workbook(ZipArchive zip) => _zip = zip;

    /// <summary>Reads the first sheet.</summary>
    public static Sheet Read(byte[] bytes)
    {
        try
        {
            using var zip = new ZipArchive(new MemoryStream(bytes, writable: false), ZipArchiveMode.Read);
            if (zip.Entries.Count > PartsMax) throw new SheetException("too_many", $"The workbook has more than {PartsMax} parts.", "Save the sheet as CSV.");
            var book = new Workbook(zip);
            var sheet = book.FirstSheet();
            book.SharedTexts();
            book.Styles();
            return book.Rows(sheet);
        }
        catch (Exception e) when (e is InvalidDataException or XmlException or NotSupportedException or EndOfStreamException)
        {
            throw new SheetException("unknown_format", "The file begins like an Excel workbook and is not a sound one.", "Open and save it again as .xlsx, or as CSV.");
        }
    }

    /// <summary>The part that holds the first sheet of the list a person sees.</summary>
    private string FirstSheet()
    {
        string? id = null;
        using (var book = Part("xl/workbook.xml"))
        {
            while (book?.Read() == true)
            {
                if (book.NodeType != XmlNodeType.Element) continue;
                if (book.LocalName == "workbookPr") _from1904 = book.GetAttribute("date1904") is "1" or "true";
                if (book.LocalName == "sheet") id ??= book.GetAttribute("id", "http://schemas.openxmlformats.org/officeDocument/2006/relationships") ?? book.GetAttribute("r:id");
            }
        }
        using var relations = Part("xl/_rels/workbook.xml.rels");
        while (relations?.Read() == true)
        {
            if (relations.NodeType != XmlNodeType.Element || relations.LocalName != "Relationship" || relations.GetAttribute("Id") != id) continue;
            if (relations.GetAttribute("Target") is { } target) return target.StartsWith('/') ? target[1..] : "xl/" + target;
        }
        return "xl/worksheets/sheet1.xml";
    }

    private void SharedTexts()
    {
        using var reader = Part("xl/sharedStrings.xml");
        long characters = 0;
        while (reader?.Read() == true)
        {
            if (reader.NodeType != XmlNodeType.Element || reader.LocalName != "si") continue;
            var text = Text(reader);
            if ((characters += text.Length) > SharedCharactersMax) throw TooLarge();
            _shared.Add(text);
        }
    }

    /// <summary>Which cell styles show a date: a number alone does not say.</summary>
    private void Styles()
    {
        var own = new HashSet<int>();
        var inCells = false;
        using var reader = Part("xl/styles.xml");
        while (reader?.Read() == true)
        {
            if (reader.LocalName == "cellXfs") inCells = reader.NodeType == XmlNodeType.Element;
            if (reader.NodeType != XmlNodeType.Element) continue;
            if (reader.LocalName == "numFmt" && int.TryParse(reader.GetAttribute("numFmtId"), out var id) && WorkbookValue.IsDateFormat(reader.GetAttribute("formatCode") ?? "")) own.Add(id);
            if (reader.LocalName == "xf" && inCells)
                _dates.Add(int.TryParse(reader.GetAttribute("numFmtId"), out var format) && (own.Contains(format) || WorkbookValue.IsDateFormat(format)));
        }
    }

    private Sheet Rows(string part)
    {
        var rows = new List<SheetRow>();
        var cells = new List<string>();
        int line = 0, blank = 0, filled = 0;
        using var reader = Part(part) ?? throw new InvalidDataException();
        void End()
        {
            if (line == 0) return;
            var row = new SheetRow(line, [.. cells]);
            if (row.IsBlank) blank++;
            else rows.Add(row);
            if (rows.Count > Sheet.RowsMax) throw new SheetException("too_many", $"The sheet has more than {Sheet.RowsMax - 1} rows.", "Split it; a task holds that many.");
        }
        while (reader.Read())
        {
            if (reader.NodeType != XmlNodeType.Element) continue;
            if (reader.LocalName == "row")
            {
                End();
                cells.Clear();
                line = int.TryParse(reader.GetAttribute("r"), NumberStyles.None, null, out var told) && told > line ? told : line + 1;
            }
            else if (reader.LocalName == "c" && line > 0)
            {
                filled = Column(reader.GetAttribute("r")) ?? cells.Count;
                var value = Cell(reader);
                if (value.Length == 0) continue;
                if (filled >= Sheet.ColumnsMax) throw new SheetException("too_many", $"Row {line} has more than {Sheet.ColumnsMax} columns.", "Take out the columns that nobody needs.");
                while (cells.Count <= filled) cells.Add("");
                cells[filled] = value;
            }
        }
        End();
        return new Sheet("xlsx", null, null, rows, blank);
    }

    /// <summary>The value of a cell; the reader stands on it, and afterwards at its end.</summary>
    private string Cell(XmlReader cell)
    {
        var type = cell.GetAttribute("t");
        var isDate = int.TryParse(cell.GetAttribute("s"), NumberStyles.None, null, out var style) && style < _dates.Count && _dates[style];
        if (cell.IsEmptyElement) return "";
        var value = "";
        var depth = cell.Depth;
        while (cell.Read() && cell.Depth > depth)
        {
            if (cell.NodeType != XmlNodeType.Element) continue;
            if (cell.LocalName == "is") value = Text(cell);
            else if (cell.LocalName == "v" && !cell.IsEmptyElement)
            {
                cell.Read();
                value = cell.Value;
            }
        }
        if (value.Length > Sheet.CellCharactersMax) throw TooLarge();
        return type switch
        {
            "s" => int.TryParse(value, NumberStyles.None, null, out var at) && at < _shared.Count ? _shared[at] : throw new InvalidDataException(),
            "b" => value == "1" ? "TRUE" : "FALSE",
            "inlineStr" or "str" or "e" or "d" => value,
            _ => WorkbookValue.Number(value, isDate, _from1904),
        };
    }

    /// <summary>The texts below an element, without what tells only how to pronounce them.</summary>
    private static string Text(XmlReader reader)
    {
        if (reader.IsEmptyElement) return "";
        var text = new System.Text.StringBuilder();
        var depth = reader.Depth;
        var spoken = int.MaxValue;
        while (reader.Read() && reader.Depth > depth)
        {
            if (reader.Depth <= spoken) spoken = reader is { NodeType: XmlNodeType.Element, LocalName: "rPh" } ? reader.Depth : int.MaxValue;
            if (spoken == int.MaxValue && reader.NodeType is XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace or XmlNodeType.CDATA && reader.Depth > depth + 1) text.Append(reader.Value);
            if (text.Length > Sheet.CellCharactersMax) throw TooLarge();
        }
        return text.ToString();
    }

    /// <summary>The column of a reference such as <c>BC12</c>, from 0.</summary>
    private static int? Column(string? reference)
    {
        if (reference is null) return null;
        var column = 0;
        foreach (var c in reference)
        {
            if (!char.IsAsciiLetterUpper(c) || column > Sheet.ColumnsMax) break;
            column = (column * 26) + (c - 'A' + 1);
        }
        return column == 0 ? null : column - 1;
    }

    private XmlReader? Part(string name)
    {
        if (_zip.GetEntry(name) is not { } entry) return null;
        // No DTD: entities that double each other, and files of this machine, are none of a sheet's business.
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, CloseInput = true, MaxCharactersInDocument = PartBytesMax };
        return XmlReader.Create(new Unpacking(entry.Open(), PartBytesMax), settings);
    }

    private static SheetException TooLarge() => new("too_long", "The workbook holds more text than a list of people can.", "Save the sheet as CSV.");

    /// <summary>Stops a part that unpacks to more than it may.</summary>
    private sealed class Unpacking(Stream packed, long left) : Stream
    {
        private long _left = left;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var got = packed.Read(buffer, offset, count);
            return (_left -= got) >= 0 ? got : throw TooLarge();
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        protected override void Dispose(bool disposing)
        {
            if (disposing) packed.Dispose();
            base.Dispose(disposing);
        }
    }
}

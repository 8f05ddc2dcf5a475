using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Xml;
using EmailTasks.Cli.Show;

namespace EmailTasks.Cli.Export;

/// <summary>A sheet: its name, its head, its rows.</summary>
internal sealed record SheetOut(string Name, IReadOnlyList<string> Columns, IEnumerable<JsonElement?[]> Rows);

/// <summary>
/// An Excel workbook (ECMA-376) with as little in it as Excel needs. Texts are inline strings, which no program takes for
/// formulas; numbers are numbers; instants stay text, since a sheet's dates have no time zone.
/// </summary>
internal static class WorkbookFile
{
    /// <summary>Rows of a sheet, its head included.</summary>
    public const long RowsMax = 1_048_576;

    /// <summary>Characters of a cell; Excel calls a file with longer ones damaged.</summary>
    private const int CellMax = 32_767;

    private const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private const string Document = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    private const string Package = "http://schemas.openxmlformats.org/package/2006";
    private const string Sheets = "application/vnd.openxmlformats-officedocument.spreadsheetml.";

    private static readonly XmlWriterSettings Settings = new() { Encoding = new UTF8Encoding(false), CloseOutput = true };

    /// <summary>Writes the workbook; rows are written as they come.</summary>
    public static void Write(Stream to, IReadOnlyList<SheetOut> sheets)
    {
        using var zip = new ZipArchive(to, ZipArchiveMode.Create, leaveOpen: true);
        Part(zip, "[Content_Types].xml", xml =>
        {
            xml.WriteStartElement("Types", Package + "/content-types");
            Element(xml, "Default", ("Extension", "rels"), ("ContentType", "application/vnd.openxmlformats-package.relationships+xml"));
            Element(xml, "Default", ("Extension", "xml"), ("ContentType", "application/xml"));
            Element(xml, "Override", ("PartName", "/xl/workbook.xml"), ("ContentType", Sheets + "sheet.main+xml"));
            Element(xml, "Override", ("PartName", "/xl/styles.xml"), ("ContentType", Sheets + "styles+xml"));
            for (var i = 1; i <= sheets.Count; i++) Element(xml, "Override", ("PartName", $"/xl/worksheets/sheet{i}.xml"), ("ContentType", Sheets + "worksheet+xml"));
        });
        Part(zip, "_rels/.rels", xml => Relations(xml, [("officeDocument", "xl/workbook.xml")]));
        Part(zip, "xl/_rels/workbook.xml.rels", xml => Relations(xml, [.. sheets.Select((_, i) => ("worksheet", $"worksheets/sheet{i + 1}.xml")), ("styles", "styles.xml")]));
        Part(zip, "xl/workbook.xml", xml =>
        {
            xml.WriteStartElement("workbook", Main);
            xml.WriteAttributeString("xmlns", "r", null, Document);
            xml.WriteStartElement("sheets");
            for (var i = 0; i < sheets.Count; i++)
            {
                xml.WriteStartElement("sheet");
                xml.WriteAttributeString("name", sheets[i].Name);
                xml.WriteAttributeString("sheetId", $"{i + 1}");
                xml.WriteAttributeString("id", Document, $"r{i + 1}");
                xml.WriteEndElement();
            }
            xml.WriteEndElement();
        });
        Part(zip, "xl/styles.xml", xml =>
        {
            xml.WriteStartElement("styleSheet", Main);
            xml.WriteRaw("<fonts count=\"2\"><font/><font><b/></font></fonts><fills count=\"1\"><fill/></fills><borders count=\"1\"><border/></borders>"
                + "<cellStyleXfs count=\"1\"><xf/></cellStyleXfs><cellXfs count=\"2\"><xf/><xf fontId=\"1\" applyFont=\"1\"/></cellXfs>");
        });
        for (var i = 0; i < sheets.Count; i++)
        {
            var sheet = sheets[i];
            Part(zip, $"xl/worksheets/sheet{i + 1}.xml", xml => Sheet(xml, sheet));
        }
    }

    private static void Sheet(XmlWriter xml, SheetOut sheet)
    {
        xml.WriteStartElement("worksheet", Main);
        xml.WriteRaw("<sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews>");
        xml.WriteStartElement("cols");
        Element(xml, "col", ("min", "1"), ("max", $"{sheet.Columns.Count}"), ("width", "24"), ("customWidth", "1"));
        xml.WriteEndElement();
        xml.WriteStartElement("sheetData");
        xml.WriteStartElement("row");
        foreach (var column in sheet.Columns) Text(xml, column, style: "1");
        xml.WriteEndElement();
        foreach (var row in sheet.Rows)
        {
            xml.WriteStartElement("row");
            foreach (var cell in row) Cell(xml, cell);
            xml.WriteEndElement();
        }
    }

    private static void Cell(XmlWriter xml, JsonElement? cell)
    {
        if (cell is { ValueKind: JsonValueKind.Number } number)
        {
            xml.WriteStartElement("c");
            xml.WriteElementString("v", number.GetRawText());
            xml.WriteEndElement();
        }
        else Text(xml, cell is { } value ? Json.Shown(value) : "", style: null);
    }

    private static void Text(XmlWriter xml, string text, string? style)
    {
        xml.WriteStartElement("c");
        if (style is not null) xml.WriteAttributeString("s", style);
        if (text.Length > 0)
        {
            xml.WriteAttributeString("t", "inlineStr");
            xml.WriteStartElement("is");
            xml.WriteStartElement("t");
            xml.WriteAttributeString("xml", "space", null, "preserve");
            xml.WriteString(Writable(text));
            xml.WriteEndElement();
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    /// <summary>XML 1.0 has no way to write most control characters or half a surrogate pair.</summary>
    private static string Writable(string text)
    {
        var clean = new StringBuilder(Math.Min(text.Length, CellMax));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > CellMax) break;
            clean.Append(rune.Value is '\t' or '\n' or '\r' or (>= 0x20 and <= 0xFFFD) or >= 0x10000 ? rune.ToString() : "\uFFFD");
        }
        return clean.ToString();
    }

    private static void Relations(XmlWriter xml, IReadOnlyList<(string Type, string Target)> relations)
    {
        xml.WriteStartElement("Relationships", Package + "/relationships");
        for (var i = 0; i < relations.Count; i++) Element(xml, "Relationship", ("Id", $"r{i + 1}"), ("Type", $"{Document}/{relations[i].Type}"), ("Target", relations[i].Target));
    }

    private static void Element(XmlWriter xml, string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        xml.WriteStartElement(name);
        foreach (var (attribute, value) in attributes) xml.WriteAttributeString(attribute, value);
        xml.WriteEndElement();
    }

    private static void Part(ZipArchive zip, string name, Action<XmlWriter> write)
    {
        using var xml = XmlWriter.Create(zip.CreateEntry(name).Open(), Settings);
        xml.WriteStartDocument(standalone: true);
        write(xml);
        xml.WriteEndDocument(); // closes what is open
    }
}

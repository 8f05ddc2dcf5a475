using EmailTasks.Contracts;

namespace EmailTasks.Cli.Import;

/// <summary>A column and the field it fills; <see cref="Variable"/> when it is a variable of the content.</summary>
internal sealed record MappedColumn(int Index, string Header, string Field, bool Variable);

/// <summary>A column that fills nothing, and why.</summary>
internal sealed record IgnoredColumn(int Index, string Header, string Reason);

/// <summary>Which column fills which field: what <c>--map</c> says, then what the header means, then variables.</summary>
internal sealed class Mapping
{
    private readonly RowTarget _target;
    private readonly string[] _headers;

    private Mapping(RowTarget target, string[] headers) => (_target, _headers) = (target, headers);

    /// <summary>Columns that are used, in their order.</summary>
    public List<MappedColumn> Columns { get; private set; } = [];

    /// <summary>Columns that are not.</summary>
    public List<IgnoredColumn> Ignored { get; } = [];

    /// <summary>False when the first row is a person already.</summary>
    public bool HasHeader { get; private init; }

    /// <summary>How many columns there are.</summary>
    public int Width => _headers.Length;

    /// <summary>Maps the columns of a file.</summary>
    /// <param name="first">Its first row.</param>
    /// <param name="map">What was typed after <c>--map</c>, or null.</param>
    public static Refusal? Of(RowTarget target, SheetRow first, string? map, out Mapping mapping)
    {
        var hasHeader = !Array.Exists(first.Cells, LooksLikeAddress);
        // Spreadsheets save empty columns after the last; a header ends with its last name.
        var width = hasHeader ? Array.FindLastIndex(first.Cells, c => !string.IsNullOrWhiteSpace(c)) + 1 : first.Cells.Length;
        var headers = hasHeader ? [.. first.Cells.Take(width).Select(c => c.Trim())] : first.Cells.Select((_, i) => $"#{i + 1}").ToArray();
        mapping = new Mapping(target, headers) { HasHeader = hasHeader };
        if (first.Fault is { } fault) return Refusal.Invalid("--file", "bad_header", $"Line {first.Line}: {fault}", "Mend the first row; it holds the names of the columns.");
        if (mapping.Told(map) is { } wrong) return wrong;
        mapping.Guessed(hasHeader ? null : first);
        if (target.Suffices([.. mapping.Columns.Where(c => !c.Variable).Select(c => c.Field)])) return null;
        return Refusal.Invalid("--file", "no_address", $"No column holds addresses. The columns are: {Listed(headers)}.", $"Name it: --map {target.Address}=<column>.");
    }

    private Refusal? Told(string? map)
    {
        if (map is null) return null;
        foreach (var pair in map.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            if (equals <= 0) return Refusal.Invalid("--map", "bad_format", $"--map: \"{TextCheck.Shown(pair)}\" is not field=column.", "Write it like --map email_address=E-mail,name=Creator.");
            var (name, column) = (pair[..equals].Trim(), pair[(equals + 1)..].Trim());
            var index = Find(column);
            if (index < 0) return Refusal.Invalid("--map", "unknown_value", $"--map: there is no column \"{TextCheck.Shown(column)}\".", $"The columns are: {Listed(_headers)}.");
            var field = _target.Field(name);
            if (field is null && !(_target.Free is not null && VariableNames.IsValid(name)))
                return Refusal.Invalid("--map", "unknown_value", $"--map: there is no field \"{TextCheck.Shown(name)}\".", $"Fields: {string.Join(", ", _target.Fields)}{(_target.Free is null ? "" : "; any other name of a-z, 0-9 and _ is a variable")}.");
            if (Columns.Exists(c => c.Index == index || c.Field == (field ?? name))) return Refusal.Invalid("--map", "duplicate_member", $"--map: \"{TextCheck.Shown(pair)}\" names a field or column that was named before.", "A field comes from one column.");
            Columns.Add(new(index, _headers[index], field ?? name, field is null));
        }
        return null;
    }

    private void Guessed(SheetRow? first)
    {
        // A column that means a field comes before one that only folds to its name.
        for (var i = 0; i < _headers.Length; i++)
        {
            if (Columns.Exists(c => c.Index == i)) continue;
            var meaning = first is null ? Header.Meaning(_headers[i]) : LooksLikeAddress(first.Cells[i]) ? "email_address" : null;
            if (meaning is null || _target.Field(meaning) is not { } field) continue;
            if (Columns.Find(c => c.Field == field) is { } taken) Ignored.Add(new(i, _headers[i], $"{field} comes from {Named(taken.Header)}."));
            else Columns.Add(new(i, _headers[i], field, Variable: false));
        }
        for (var i = 0; i < _headers.Length; i++)
        {
            if (!Columns.Exists(c => c.Index == i) && !Ignored.Exists(c => c.Index == i)) Rest(i, first is null);
        }
        Columns = [.. Columns.OrderBy(c => c.Index)];
        Ignored.Sort((a, b) => a.Index.CompareTo(b.Index));
    }

    private void Rest(int i, bool hasHeader)
    {
        var name = hasHeader ? Header.Fold(_headers[i]) : "";
        var reason = !hasHeader ? "The file has no header that names it."
            : _target.Free is null ? "It is no field of this list."
            : name.Length == 0 ? "Its header has no letters a-z; name it with --map."
            : Columns.Find(c => c.Field == name) is { } taken ? $"{name} comes from {Named(taken.Header)}."
            : Columns.Count(c => c.Variable) >= Limits.VariablesPerRecipient ? $"There are {Limits.VariablesPerRecipient} variables already."
            : null;
        if (reason is null) Columns.Add(new(i, _headers[i], name, Variable: true));
        else Ignored.Add(new(i, _headers[i], reason));
    }

    /// <summary>A column by its header, in any case, or by its number: <c>#2</c>.</summary>
    private int Find(string column)
    {
        var exact = Array.IndexOf(_headers, column);
        if (exact >= 0) return exact;
        var near = Array.FindIndex(_headers, h => h.Equals(column, StringComparison.OrdinalIgnoreCase));
        return near < 0 && column.StartsWith('#') && int.TryParse(column[1..], System.Globalization.NumberStyles.None, null, out var number) && number >= 1 && number <= _headers.Length ? number - 1 : near;
    }

    private static string Listed(string[] headers) => string.Join(", ", headers.Take(20).Select(Named)) + (headers.Length > 20 ? ", …" : "");

    private static string Named(string header) => $"\"{TextCheck.Shown(header)}\"";

    private static bool LooksLikeAddress(string cell) =>
        cell.Trim() is var text && text.IndexOf('@') is > 0 and var at && text.IndexOf('.', at) > at + 1 && !text.Any(char.IsWhiteSpace);
}

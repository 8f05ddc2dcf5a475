namespace EmailTasks.Core;

/// <summary>Tables that are compiled in: tab-separated, <c>#</c> begins a comment. A wrong line is a bug and throws.</summary>
internal static class EmbeddedTable
{
    public static IEnumerable<string[]> Rows(string name, int columns)
    {
        using var stream = typeof(EmbeddedTable).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var cells = line.Split('\t');
            if (cells.Length != columns) throw new FormatException($"{name}: {cells.Length} columns instead of {columns}: {line}");
            yield return cells;
        }
    }
}

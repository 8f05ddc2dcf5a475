namespace EmailTasks.Server.Hosting;

/// <summary>What `data export`, `data import` and `data unseal` were told.</summary>
/// <param name="Verb">export, import or unseal.</param>
/// <param name="File">What is written, or read.</param>
internal sealed record DataOptions(string Verb, string Data, string? Database, string? File, bool Force)
{
    private static readonly string[] Verbs = ["export", "import", "unseal"];

    /// <summary>Reads the arguments behind `data`, or says in a sentence what is wrong.</summary>
    public static (DataOptions? Options, string? Problem) Read(string[] args)
    {
        if (args.Length == 0 || !Verbs.Contains(args[0])) return (null, "data takes export, import or unseal.");
        string? data = null, file = null;
        var database = CommandLine.KnownDatabase;
        var force = false;
        for (var i = 1; i < args.Length; i++)
        {
            string? Value() => i + 1 < args.Length ? args[++i] : null;
            switch (args[i])
            {
                case "--data": data = Value(); break;
                case "--database": database = Value(); break;
                case "--output" when args[0] == "export": file = Value(); break;
                case "--file" when args[0] == "import": file = Value(); break;
                case "--force": force = true; break;
                default: return (null, $"data {args[0]} does not know {args[i]}.");
            }
        }
        if (string.IsNullOrEmpty(data)) return (null, $"data {args[0]} needs --data DIR.");
        if (string.IsNullOrEmpty(file) && args[0] != "unseal") return (null, args[0] == "export" ? "data export needs --output FILE." : "data import needs --file FILE.");
        if (database is not null && CommandLine.DatabaseProblem(database) is { } wrong) return (null, wrong);
        return (new DataOptions(args[0], Path.GetFullPath(data), database, file is null ? null : Path.GetFullPath(file), force), null);
    }
}

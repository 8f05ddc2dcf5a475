using System.Text.Json;

namespace EmailTasks.Testing;

/// <summary>An answer of the server: status and envelope.</summary>
public sealed record Reply(int Status, JsonElement Json)
{
    public bool Success => Json.GetProperty("success").GetBoolean();

    public string Summary => Json.GetProperty("summary").GetString()!;

    public string? ErrorCode => Json.TryGetProperty("error_code", out var code) ? code.GetString() : null;

    public JsonElement Data => Json.GetProperty("data");

    public JsonElement Errors => Json.GetProperty("errors");

    public IEnumerable<string> Paths => Errors.EnumerateArray().Select(e => e.GetProperty("path").GetString()!);

    /// <summary>A text member of <c>data</c>, e.g. <c>content.subject</c>.</summary>
    public string Text(string path) => At(path).GetString()!;

    /// <summary>A number member of <c>data</c>.</summary>
    public long Number(string path) => At(path).GetInt64();

    /// <summary>A member of <c>data</c>, e.g. <c>content.subject</c> or <c>holds[0].kind</c>.</summary>
    public JsonElement At(string path) => path.Split('.').Aggregate(Data, (e, name) =>
    {
        var at = name.IndexOf('[', StringComparison.Ordinal);
        return at < 0 ? e.GetProperty(name) : e.GetProperty(name[..at])[int.Parse(name[(at + 1)..^1])];
    });

    /// <summary>The answer, or an exception that shows it when it is a failure.</summary>
    public Reply Ok() => Success ? this : throw new InvalidOperationException($"{Status} {Json}");
}

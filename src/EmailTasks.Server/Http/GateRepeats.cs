using System.Text.Json;
using EmailTasks.Contracts;

namespace EmailTasks.Server.Http;

/// <summary>What a repeated call is told: its sentence was true when it was said, and may not be any more.</summary>
internal sealed partial class Gate
{
    /// <summary>Reads a task as it is now.</summary>
    public Handler? Present { get; set; }

    /// <summary>What was said then, as a repetition, and how the task stands now.</summary>
    private async Task<string> Repeated(Call call, Answer answer, CancellationToken ct) =>
        answer.Summary + await Now(call, answer.Data!, ct);

    private async Task<string> Now(Call call, byte[] data, CancellationToken ct)
    {
        using var document = JsonDocument.Parse(data);
        var root = document.RootElement;
        if (Present is null || root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("task_id", out var task) || task.ValueKind != JsonValueKind.String) return "";
        var now = await Present.Run(JsonSerializer.SerializeToUtf8Bytes(new GetTask(task.GetString()!, null), WireJson.Default.GetTask), call, ct);
        return now.Refusal is null ? $" Now: {now.Summary}" : " Now: it is not there any more.";
    }
}

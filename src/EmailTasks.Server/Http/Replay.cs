using System.Text.Json;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Http;

/// <summary>The stored answer of a call that was made before, told as what it is: its sentence was true then.</summary>
/// <param name="Stored">The answer.</param>
/// <param name="Now">What is true now of what it was about, where one look tells; else empty.</param>
internal sealed record Replay(StoredAnswer Stored, string Now)
{
    /// <summary>The sentence of the repeated answer.</summary>
    public string Summary => $"This was done before under this key; nothing was done again.{Now} What was answered then: {Stored.Summary}";

    /// <summary>Looks at what a stored answer was about.</summary>
    public static async ValueTask<Replay> Of(Db db, string account, StoredAnswer stored)
    {
        var (task, mailbox) = About(stored.Data);
        if (task is not null)
            return new(stored, await TaskRows.Load(db, account, task) is { } row ? $" The task is {TaskDecisions.Word(row.Status)} now." : " The task is no longer there.");
        if (mailbox is not null)
            return new(stored, await MailboxRows.Load(db, account, mailbox) is { } row ? row.PausedReason is null ? " The mailbox is not paused now." : " The mailbox is paused now." : " The mailbox is no longer connected.");
        return new(stored, "");
    }

    private static (string? Task, string? Mailbox) About(byte[] data)
    {
        using var document = JsonDocument.Parse(data);
        return (Text(document.RootElement, "task_id"), Text(document.RootElement, "sender_id"));
    }

    private static string? Text(JsonElement data, string name) =>
        data.ValueKind == JsonValueKind.Object && data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

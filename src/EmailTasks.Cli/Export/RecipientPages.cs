using System.Text.Json;
using EmailTasks.Cli.Net;
using EmailTasks.Cli.Show;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Export;

/// <summary>All recipients of a task, page after page. Rows stop at the first page that fails; then <see cref="Failure"/> says why.</summary>
internal sealed class RecipientPages(string task, Func<string, Reply> get)
{
    /// <summary>The members that are written, in this order.</summary>
    public static readonly string[] Columns =
    [
        "recipient_id", "email_address", "name", "creator_id", "platform", "channel_id", "state", "reason", "state_at", "attempts", "message_id",
        "bounced_at", "replied_at", "opened_at", "clicked_at", "unsubscribed_at", "complained_at",
    ];

    /// <summary>Why the rows ended early, or null.</summary>
    public Refusal? Failure { get; private set; }

    /// <summary>The rows as cells.</summary>
    public IEnumerable<JsonElement?[]> Rows()
    {
        string? cursor = null;
        do
        {
            var query = new List<(string, string?)> { ("page_size", Limits.PageSizeMax.ToString()), ("cursor", cursor), ("full", "true") };
            var reply = get(RequestUrl.Of(RecipientOps.List, name => name == "task_id" ? task : null, [.. query]));
            if (reply.Envelope is not { } envelope || reply.ErrorCode is not null)
            {
                Failure = new Refusal(reply.ErrorCode ?? ErrorCodes.ServerUnreachable, "Not all recipients could be read, so no file was written.") { Action = new("retry", null, "Try again.") };
                yield break;
            }
            using var page = JsonDocument.Parse(envelope);
            foreach (var item in page.RootElement.Items("data", "items")) yield return ReportFile.Cells(item, Columns);
            cursor = page.RootElement.Text("data", "next_cursor");
        } while (cursor is not null);
    }
}

using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Reports;

/// <summary>Who and what is behind a number: the same definition as the counter's, read from the rows.</summary>
internal static class Explaining
{
    /// <summary>Recipients that are listed; more are found with <c>email recipients list --has</c>.</summary>
    private const int Most = 1_000;

    private sealed record Behind(string Condition, string At, string? MessageKind, Func<Figures, long?> Count);

    private static readonly Dictionary<string, Behind> Numbers = new(StringComparer.Ordinal)
    {
        ["pending_count"] = State(RecipientState.Pending, f => f.PendingCount),
        ["handed_count"] = State(RecipientState.Handed, f => f.HandedCount),
        ["sent_count"] = State(RecipientState.Sent, f => f.SentCount),
        ["failed_count"] = State(RecipientState.Failed, f => f.FailedCount),
        ["uncertain_count"] = State(RecipientState.Uncertain, f => f.UncertainCount),
        ["suppressed_count"] = State(RecipientState.Suppressed, f => f.SuppressedCount),
        ["cancelled_count"] = State(RecipientState.Cancelled, f => f.CancelledCount),
        ["expired_count"] = State(RecipientState.Expired, f => f.ExpiredCount),
        ["retrying_count"] = new($"state = {(int)RecipientState.Pending} and next_attempt_at is not null", "state_at", null, f => f.RetryingCount),
        ["bounce_count"] = Fact("bounced_at", "bounce", f => f.BounceCount),
        ["open_count"] = Fact("opened_at", null, f => f.OpenCount),
        ["machine_open_count"] = new("state = @sent and machine_opened_at is not null and opened_at is null", "machine_opened_at", null, f => f.MachineOpenCount),
        ["click_count"] = Fact("clicked_at", null, f => f.ClickCount),
        ["machine_click_count"] = new("state = @sent and machine_clicked_at is not null and clicked_at is null", "machine_clicked_at", null, f => f.MachineClickCount),
        ["reply_count"] = Fact("replied_at", "reply", f => f.ReplyCount),
        ["replied_creator_count"] = Fact("replied_at", "reply", f => f.RepliedCreatorCount),
        ["inbound_message_count"] = new("replied_at is not null", "replied_at", "reply", f => f.InboundMessageCount),
        ["auto_reply_count"] = Fact("auto_replied_at", "auto_reply", f => f.AutoReplyCount),
        ["unsubscribe_count"] = Fact("unsubscribed_at", "unsubscribe", f => f.UnsubscribeCount),
        ["complaint_count"] = Fact("complained_at", "complaint", f => f.ComplaintCount),
    };

    /// <summary>The recipients behind a number of a set, and their messages of its kind.</summary>
    public static async ValueTask<Explained> Of(Db db, long setId, string number, Figures figures)
    {
        var behind = Numbers[number];
        var rows = await ReportRows.Explain(db, setId, behind.Condition, behind.At, Most + 1);
        var shown = rows.Take(Most).ToList();
        var messages = behind.MessageKind is { } kind ? (await ReportRows.Messages(db, setId, shown.Select(r => r.Seq), kind)).ToLookup(m => m.Seq, m => m.Id) : null;
        return new Explained(number, behind.Count(figures), shown.ConvertAll(r => new ExplainedRecipient(
            RecipientIds.Of(setId, r.Seq), r.Address, r.CreatorId, Micros.At(r.At), messages is null ? [] : [.. messages[r.Seq]])), rows.Count > Most);
    }

    private static Behind State(RecipientState state, Func<Figures, long?> count) => new($"state = {(int)state}", "state_at", null, count);

    private static Behind Fact(string column, string? kind, Func<Figures, long?> count) => new($"state = @sent and {column} is not null", column, kind, count);
}

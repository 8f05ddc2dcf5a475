using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Mailboxes;

/// <summary>Chooses the mailbox a task sends through. The task keeps a copy: a later change of the mailbox is no change of what was approved.</summary>
internal static class Choose
{
    public static Task<Outcome<TaskView>> Handle(UpdateSender input, Call call, CancellationToken ct)
    {
        if (input.ReplyTo is null) return Set(input, null, call);
        return EmailAddress.TryParse(input.ReplyTo, out var wrong) is { } replyTo
            ? Set(input, replyTo, call)
            : Task.FromResult<Outcome<TaskView>>(Refusal.Invalid("$.reply_to", "bad_address", $"reply_to is no address: {wrong}.", "Write it like me@brand.example."));
    }

    private static Task<Outcome<TaskView>> Set(UpdateSender input, EmailAddress? replyTo, Call call) => call.Change<TaskView>(async db =>
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
        if (TaskGuard.Problem(task, TaskCommand.Edit) is { } refused) return refused;
        if (await MailboxRows.Load(db, call.Account, input.SenderId) is not { } mailbox) return Refusal.NotFound("mailbox", input.SenderId, "$.sender_id");
        if (KeyLimits.Mailbox(call.Key, mailbox.Id) is { } bound) return bound.At("$.sender_id");
        var copy = new SenderCopy(mailbox.Id, mailbox.Kind, mailbox.Address, input.FromName ?? mailbox.DisplayName, replyTo?.Text);
        var text = JsonSerializer.Serialize(copy, StoredJson.Default.SenderCopy);
        var changed = text != task.Sender || mailbox.Version != task.SenderVersion;
        if (changed)
        {
            await TaskRows.SetSender(db, task.Id, mailbox.Id, text, mailbox.Version);
            await TaskRows.Edited(db, task);
        }
        var now = await TaskRows.Load(db, call.Account, task.Id);
        return Outcome<TaskView>.Done(await Tasks.Get.View(db, now!, changed), Sentence(mailbox, task, changed), NextStep.Of(SendingOps.Send, task.Id), task.Id).With(changed: changed);
    });

    private static Said Sentence(MailboxRow mailbox, TaskRow was, bool changed) => changed
        ? TaskGuard.BackToDraft(Said.Of($"The task sends as {mailbox.Address}.", $"The task would send as {mailbox.Address}."), was, changed)
        : Said.Already("The sender is so already.");
}

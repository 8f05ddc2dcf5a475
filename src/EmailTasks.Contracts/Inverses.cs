namespace EmailTasks.Contracts;

/// <summary>
/// Which operation takes back which. What takes back what was just done is offered as <c>undo</c> and never as
/// <c>next</c>: who follows <c>next</c> blindly must not end where they began.
/// </summary>
public static class Inverses
{
    private static readonly (Op Done, Op Undoes)[] Pairs =
    [
        (TaskOps.Create, TaskOps.Delete), (TaskOps.Copy, TaskOps.Delete),
        (SendingOps.Send, SendingOps.Cancel), (SendingOps.Schedule, SendingOps.Cancel), (SendingOps.Cancel, SendingOps.Schedule), (SendingOps.Cancel, TaskOps.Delete),
        (SendingOps.Pause, SendingOps.Resume), (SendingOps.Resume, SendingOps.Pause),
        (MailboxOps.Pause, MailboxOps.Resume), (MailboxOps.Resume, MailboxOps.Pause), (MailboxOps.Connect, MailboxOps.Disconnect),
        (RecipientOps.Add, RecipientOps.Delete), (ProductOps.ReplaceCards, ProductOps.DeleteCard),
        (TemplateOps.Save, TemplateOps.Delete), (ProductOps.Create, ProductOps.Delete),
        (SuppressionOps.Add, SuppressionOps.Remove), (SuppressionOps.Remove, SuppressionOps.Add),
        (TeamOps.Add, TeamOps.Remove), (KeyOps.Create, KeyOps.Revoke),
    ];

    /// <summary>Whether an operation takes back what another did.</summary>
    public static bool Undoes(Op done, Op other) => Array.Exists(Pairs, p => ReferenceEquals(p.Done, done) && ReferenceEquals(p.Undoes, other));
}

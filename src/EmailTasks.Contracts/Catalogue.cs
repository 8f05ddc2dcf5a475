namespace EmailTasks.Contracts;

/// <summary>Every operation the product has. What is not here does not exist; what is here is built.</summary>
public static class Catalogue
{
    /// <summary>The operations, in the order help shows them.</summary>
    public static IReadOnlyList<Op> All { get; } =
    [
        TaskOps.List, TaskOps.Drafts, TaskOps.Get, TaskOps.Create, TaskOps.Update, TaskOps.Copy, TaskOps.Delete,
        RecipientOps.List, RecipientOps.Add, RecipientOps.Update, RecipientOps.Replace, RecipientOps.Delete, RecipientOps.Resolve, RecipientOps.Propose,
        ContentOps.Save, ContentOps.Preview,
        TemplateOps.List, TemplateOps.Get, TemplateOps.Save, TemplateOps.Use, TemplateOps.Delete,
        MailboxOps.ListSenders, MailboxOps.UpdateSender,
        ProductOps.ListCards, ProductOps.ReplaceCards, ProductOps.DeleteCard,
        SendingOps.Send, SendingOps.Schedule, SendingOps.Pause, SendingOps.Resume, SendingOps.Cancel, SendingOps.Test,
        WatchOps.Watch,
        ReportOps.Report, ReportOps.TeamSummary, ReportOps.TeamBreakdown,
        MessageOps.List, MessageOps.Get,
        ProductOps.List, ProductOps.Get, ProductOps.Create, ProductOps.Update, ProductOps.Delete,
        MailboxOps.List, MailboxOps.Get, MailboxOps.Connect, MailboxOps.Update, MailboxOps.Disconnect, MailboxOps.Pause, MailboxOps.Resume,
        CreatorOps.List, CreatorOps.Get, CreatorOps.Import, CreatorOps.History,
        SuppressionOps.List, SuppressionOps.Check, SuppressionOps.Add, SuppressionOps.Remove,
        TeamOps.List, TeamOps.Add, TeamOps.Update, TeamOps.Remove,
        KeyOps.WhoAmI, KeyOps.List, KeyOps.Create, KeyOps.Revoke,
        AccountOps.Get, AccountOps.Update, AccountOps.Audit,
        MailboxOps.Check,
        DataOps.AcceptRestore, DataOps.Verify,
    ];

    /// <summary>The operation of a command (<c>email create</c>, <c>email.create</c> or an alias), or null.</summary>
    public static Op? Find(string command)
    {
        var words = string.Join(' ', command.Split([' ', '.'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return All.FirstOrDefault(o => o.Command == words || o.Aliases.Contains(words));
    }
}

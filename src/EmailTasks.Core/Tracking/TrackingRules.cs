namespace EmailTasks.Core.Tracking;

/// <summary>Whether opens, or clicks, are looked for.</summary>
public static class TrackingRules
{
    /// <summary>The task's own wish, else the account's, else yes; but not for a Gmail mailbox, whose readers and filters dislike both.</summary>
    public static bool IsWanted(bool? task, bool? account, bool isGmail) => task ?? account ?? !isGmail;
}

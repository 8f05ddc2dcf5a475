namespace EmailTasks.Core.Tasks;

/// <summary>Where an email task stands. The numbers are stored.</summary>
public enum MailTaskStatus
{
    Draft = 0,
    Scheduled = 1,
    Sending = 2,
    Paused = 3,
    Sent = 4,
    Cancelled = 5,
}

/// <summary>What somebody wants to do with a task.</summary>
public enum TaskCommand
{
    /// <summary>Change what decides the bytes: recipients, content, sender, products.</summary>
    Edit,

    /// <summary>Change name, note or owner.</summary>
    Rename,
    Send,
    Schedule,
    Pause,
    Resume,
    Cancel,
    Delete,
}

/// <summary>What follows from a command in a status.</summary>
/// <param name="Allowed">False when it is refused.</param>
/// <param name="Next">The status afterwards.</param>
/// <param name="Changes">False when everything is already as asked.</param>
/// <param name="Problem">Why it is refused.</param>
/// <param name="Fix">The way out.</param>
public sealed record Ruling(bool Allowed, MailTaskStatus Next, bool Changes, string Problem, string Fix)
{
    /// <summary>Goes ahead and ends in <paramref name="next"/>.</summary>
    public static Ruling To(MailTaskStatus next) => new(true, next, true, "", "");

    /// <summary>Nothing to do: it is so already.</summary>
    public static Ruling Already(MailTaskStatus status) => new(true, status, false, "", "");

    /// <summary>Refused, with the way out.</summary>
    public static Ruling No(MailTaskStatus status, string problem, string fix) => new(false, status, false, problem, fix);
}

/// <summary>What may be done to a task in which status: the table of the contract, §5, as one pure function.</summary>
public static class TaskDecisions
{
    /// <summary>Decides one command.</summary>
    /// <param name="id">The task's id, for the way out.</param>
    /// <param name="everHanded">Whether any mail of it was ever handed over.</param>
    public static Ruling Decide(TaskCommand command, MailTaskStatus status, string id, bool everHanded) => command switch
    {
        TaskCommand.Edit => Edit(status, id),
        TaskCommand.Rename => Ruling.To(status),
        TaskCommand.Send => Send(status, id),
        TaskCommand.Schedule => Schedule(status, id),
        TaskCommand.Pause => Pause(status, id),
        TaskCommand.Resume => Resume(status, id),
        TaskCommand.Cancel => Cancel(status, id),
        TaskCommand.Delete => Delete(status, id, everHanded),
    };

    private static Ruling Edit(MailTaskStatus status, string id) => status switch
    {
        MailTaskStatus.Draft or MailTaskStatus.Scheduled => Ruling.To(MailTaskStatus.Draft),
        MailTaskStatus.Sending or MailTaskStatus.Paused or MailTaskStatus.Sent or MailTaskStatus.Cancelled =>
            Started(status, id, "can't be edited any more"),
    };

    private static Ruling Send(MailTaskStatus status, string id) => status switch
    {
        MailTaskStatus.Draft or MailTaskStatus.Scheduled => Ruling.To(MailTaskStatus.Sending),
        MailTaskStatus.Paused => Ruling.No(status, "The task is paused; it was sent before.", $"Let it go on: noxinfluencer email resume {id}"),
        MailTaskStatus.Sending or MailTaskStatus.Sent or MailTaskStatus.Cancelled => Started(status, id, "was sent before"),
    };

    private static Ruling Schedule(MailTaskStatus status, string id) => status switch
    {
        MailTaskStatus.Draft or MailTaskStatus.Scheduled => Ruling.To(MailTaskStatus.Scheduled),
        MailTaskStatus.Paused => Ruling.No(status, "The task is paused; it was sent before.", $"Let it go on: noxinfluencer email resume {id}"),
        MailTaskStatus.Sending or MailTaskStatus.Sent or MailTaskStatus.Cancelled => Started(status, id, "was sent before"),
    };

    private static Ruling Pause(MailTaskStatus status, string id) => status switch
    {
        MailTaskStatus.Sending => Ruling.To(MailTaskStatus.Paused),
        MailTaskStatus.Paused => Ruling.Already(status),
        MailTaskStatus.Draft or MailTaskStatus.Scheduled or MailTaskStatus.Sent or MailTaskStatus.Cancelled => NotUnderWay(status, id),
    };

    private static Ruling Resume(MailTaskStatus status, string id) => status switch
    {
        MailTaskStatus.Paused => Ruling.To(MailTaskStatus.Sending),
        MailTaskStatus.Sending => Ruling.Already(status),
        MailTaskStatus.Draft or MailTaskStatus.Scheduled or MailTaskStatus.Sent or MailTaskStatus.Cancelled => NotUnderWay(status, id),
    };

    /// <summary>Neither to be paused nor to be resumed.</summary>
    private static Ruling NotUnderWay(MailTaskStatus status, string id) => status switch
    {
        MailTaskStatus.Draft => Ruling.No(status, "The task is a draft; nothing is under way.", $"Send it: noxinfluencer email send {id}"),
        MailTaskStatus.Scheduled => Ruling.No(status, "The task is scheduled; nothing is under way yet.", $"Take it back to draft: noxinfluencer email cancel {id}"),
        MailTaskStatus.Sent => Ruling.No(status, "The task is sent; nothing is under way any more.", $"See what happened: noxinfluencer email report {id}"),
        MailTaskStatus.Cancelled => Started(status, id, "does not go on"),
        MailTaskStatus.Sending or MailTaskStatus.Paused => throw new ArgumentOutOfRangeException(nameof(status), status, "These are under way."),
    };

    private static Ruling Cancel(MailTaskStatus status, string id) => status switch
    {
        MailTaskStatus.Draft => Ruling.No(status, "The task is a draft; nothing is under way.", $"Delete it instead: noxinfluencer email delete {id}"),
        MailTaskStatus.Scheduled => Ruling.To(MailTaskStatus.Draft),
        MailTaskStatus.Sending or MailTaskStatus.Paused => Ruling.To(MailTaskStatus.Cancelled),
        MailTaskStatus.Cancelled => Ruling.Already(status),
        MailTaskStatus.Sent => Ruling.No(status, "The task is sent; there is nothing left to stop.", $"See what happened: noxinfluencer email report {id}"),
    };

    private static Ruling Delete(MailTaskStatus status, string id, bool everHanded) => status switch
    {
        MailTaskStatus.Draft => Ruling.To(status),
        MailTaskStatus.Cancelled when !everHanded => Ruling.To(status),
        MailTaskStatus.Cancelled => Ruling.No(status, "Mails of this task were handed over; its record stays as proof.", $"Read it: noxinfluencer email report {id}"),
        MailTaskStatus.Scheduled => Ruling.No(status, "The task is scheduled.", $"Cancel it first: noxinfluencer email cancel {id}"),
        MailTaskStatus.Sending or MailTaskStatus.Paused => Ruling.No(status, $"The task is {Word(status)}.", $"Stop it first: noxinfluencer email cancel {id}"),
        MailTaskStatus.Sent => Ruling.No(status, "The task is sent; its record stays as proof.", $"Read it: noxinfluencer email report {id}"),
    };

    private static Ruling Started(MailTaskStatus status, string id, string what) =>
        Ruling.No(status, $"The task is {Word(status)} and {what}.", $"Copy those who were not mailed into a new draft: noxinfluencer email copy {id} --recipients not_sent");

    /// <summary>The status as people read it.</summary>
    public static string Word(MailTaskStatus status) => status switch
    {
        MailTaskStatus.Draft => "draft",
        MailTaskStatus.Scheduled => "scheduled",
        MailTaskStatus.Sending => "sending",
        MailTaskStatus.Paused => "paused",
        MailTaskStatus.Sent => "sent",
        MailTaskStatus.Cancelled => "cancelled",
    };

    /// <summary>The status of a word that the gate has checked.</summary>
    public static MailTaskStatus Status(string word) => Enum.GetValues<MailTaskStatus>().Single(s => Word(s) == word);
}

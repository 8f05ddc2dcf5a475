namespace EmailTasks.Core.Trust;

/// <summary>Why something is held. The numbers are stored; the highest is the one that is named first.</summary>
public enum HoldKind
{
    /// <summary>An agent's key paused it.</summary>
    Key = 1,

    /// <summary>A person paused it.</summary>
    Person = 2,

    /// <summary>A person has to approve what would leave.</summary>
    Approval = 3,

    /// <summary>The first wave is out, and a person looks at what came of it.</summary>
    Canary = 4,

    /// <summary>The machine stopped it: too many refusals, or a mail server that takes no more.</summary>
    Guard = 5,

    /// <summary>The database was put back or moved.</summary>
    Restore = 6,
}

/// <summary>
/// One reason why a task or a mailbox stands still. Holds are a set: each is added whatever others there are, each is
/// lifted by itself, and mail leaves only when none is left.
/// </summary>
/// <param name="Source">Tells holds of one kind apart: the key that made it, or the machine's reason.</param>
/// <param name="Reason">A stable word.</param>
/// <param name="Until">When it lifts itself, UTC microseconds; null: when somebody lifts it.</param>
public sealed record Hold(HoldKind Kind, string Source, string Reason, Who? By = null, string? Problem = null, string? Fix = null, long? Until = null)
{
    /// <summary>The word of <see cref="Reason"/> for a pause that somebody asked for.</summary>
    public const string Asked = "asked";

    /// <summary>A pause by hand: a person's, or one of an agent's key.</summary>
    public static Hold Pause(Who who, string? problem = null, string? fix = null) =>
        new(who.IsPerson ? HoldKind.Person : HoldKind.Key, who.KeyId, Asked, who, problem, fix);

    /// <summary>A stop by the machine.</summary>
    public static Hold Guard(string reason, string problem, string fix, long? until = null) => new(HoldKind.Guard, reason, reason, null, problem, fix, until);
}

/// <summary>Who may lift which hold, and what is said of a set of them. Pure.</summary>
public static class HoldRules
{
    /// <summary>
    /// Whether this caller may lift the hold: an agent only what its own key paused, a person everything but a missing
    /// approval, which is given by approving or starting anew.
    /// </summary>
    public static bool MayLift(Hold hold, Who who) => hold.Kind switch
    {
        HoldKind.Key => who.IsPerson || hold.Source == who.KeyId,
        HoldKind.Person or HoldKind.Guard or HoldKind.Canary or HoldKind.Restore => who.IsPerson,
        HoldKind.Approval => false,
    };

    /// <summary>The hold that is named first: the gravest, of those the oldest.</summary>
    /// <param name="holds">In the order in which they were made.</param>
    public static Hold? First(IEnumerable<Hold> holds) => holds.MaxBy(h => h.Kind);

    /// <summary>When all of them will have lifted themselves; null when one of them waits for somebody.</summary>
    public static long? Until(IReadOnlyCollection<Hold> holds) => holds.Count == 0 || holds.Any(h => h.Until is null) ? null : holds.Max(h => h.Until);

    /// <summary>The word of <c>paused_by</c>.</summary>
    public static string PausedBy(Hold hold) => hold.Kind switch
    {
        HoldKind.Key or HoldKind.Person => "user",
        HoldKind.Guard => "guard",
        HoldKind.Canary => "canary",
        HoldKind.Approval => "approval",
        HoldKind.Restore => "restore",
    };

    /// <summary>The word of a kind.</summary>
    public static string Word(HoldKind kind) => kind switch
    {
        HoldKind.Key => "key",
        HoldKind.Person => "person",
        HoldKind.Approval => "approval",
        HoldKind.Canary => "canary",
        HoldKind.Guard => "guard",
        HoldKind.Restore => "restore",
    };

    /// <summary>What holds it, in words: "a person's pause".</summary>
    public static string Words(Hold hold) => hold.Kind switch
    {
        HoldKind.Key => "the pause of an agent's key",
        HoldKind.Person => "a person's pause",
        HoldKind.Approval => "a missing approval",
        HoldKind.Canary => "the look at its first wave",
        HoldKind.Guard => "a stop by the guard",
        HoldKind.Restore => "the restore of the database",
    };
}

namespace EmailTasks.Contracts;

/// <summary>
/// How much of a member an answer tells unless it is asked for in full: who reads answers with a context to keep wants to
/// know that a newsletter is saved, not to read it again. Said beside the member, so that every operation's answer, its
/// schema and the command line know it from one place.
/// </summary>
public enum Told
{
    /// <summary>As it is.</summary>
    Whole,

    /// <summary>As it is, also where others that are null or 0 are left out: that it is none is what somebody must know.</summary>
    Always,

    /// <summary>A long text: of one longer than <see cref="WireAttribute.First"/>, <c>&lt;name&gt;_bytes</c> and <c>&lt;name&gt;_digest</c> stand instead.</summary>
    Digest,

    /// <summary>The first <see cref="WireAttribute.First"/> items or characters; <c>&lt;name&gt;_more</c> says how many are left out.</summary>
    Beginning,

    /// <summary>Not in a change's answer, unless the operation is about it (<see cref="Op.Tells"/>): it is as it was.</summary>
    WhenRead,

    /// <summary>Only in full.</summary>
    WhenFull,

    /// <summary>An object of counts: those that are 0 are left out of a change's answer.</summary>
    NotZero,
}

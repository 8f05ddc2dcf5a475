using MailKit.Net.Imap;

namespace EmailTasks.Server.Wire;

/// <summary>MailKit's client, with the bound on what a server may say within reach of who asks for messages.</summary>
public sealed class WireImapClient : ImapClient
{
    internal WireImapClient(ImapTap tap) : base(tap) => Answers = tap.Answers;

    /// <summary>How long an answer may be; a message needs room of its own.</summary>
    public AnswerMeter Answers { get; }
}

namespace EmailTasks.Server.Wire;

/// <summary>
/// How much the other side may say in answer to one thing of ours. The mail library keeps an answer whole, and a server may announce
/// any size: 700 MB were once buffered. Counted inside TLS and from command to command, so that no trick of the transport resets it.
/// </summary>
/// <param name="most">Bytes of an answer unless told otherwise.</param>
public sealed class AnswerMeter(long most)
{
    /// <summary>An SMTP reply is some lines of 512 bytes (RFC 5321 §4.5.3.1.5), and the longest list of capabilities a few KB.</summary>
    public const long Smtp = 64 * 1024;

    /// <summary>An IMAP answer that is no message: the numbers of half a million messages, the headers of a page of them, some thousand folders.</summary>
    public const long Imap = 4 * 1024 * 1024;

    private long _beside;
    private long _heard;

    /// <summary>We have said something: what comes now answers it.</summary>
    public void Spoke() => _heard = 0;

    /// <summary>So many bytes came.</summary>
    /// <exception cref="AnswerTooLongException">They are too many; the connection is of no use any more.</exception>
    public void Heard(int bytes)
    {
        if ((_heard += bytes) > most + _beside) throw new AnswerTooLongException();
    }

    /// <summary>Lets the answers have so many bytes beside the usual ones, until told otherwise.</summary>
    public void Expect(long bytes) => _beside = bytes;
}

/// <summary>A server said more in one answer than any real one does.</summary>
public sealed class AnswerTooLongException() : IOException("The server's answer was too long.");

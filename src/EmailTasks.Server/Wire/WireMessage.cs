using MailKit.Net.Smtp;
using MimeKit;
using MimeKit.IO;

namespace EmailTasks.Server.Wire;

/// <summary>A message made ready for the wire: 7-bit, lines of at most 76 where encoded, measured before the first command.</summary>
/// <param name="Message">The message.</param>
/// <param name="From">Envelope sender.</param>
/// <param name="To">Envelope recipient.</param>
/// <param name="Size">Bytes as SIZE counts them (RFC 1870: without dot-stuffing).</param>
/// <param name="WireSize">Bytes as they are written before the final dot, dot-stuffing included. The gate is at the last of them.</param>
internal sealed record WireMessage(MimeMessage Message, MailboxAddress From, MailboxAddress To, long Size, long WireSize)
{
    private const int MaxLineLength = 76;

    /// <summary>The form that MailKit also uses: CRLF, a line end at the end, ASCII headers.</summary>
    private static readonly FormatOptions Format = MakeFormat();

    /// <summary>An address whose local part is not ASCII needs SMTPUTF8; a domain does not, it has its ASCII form.</summary>
    public bool NeedsSmtpUtf8 => !IsAsciiLocal(From) || !IsAsciiLocal(To);

    /// <exception cref="ParseException">An address is none.</exception>
    public static WireMessage Ready(MimeMessage message, string from, string to)
    {
        if (!message.Headers.Contains(HeaderId.DkimSignature)) message.Prepare(EncodingConstraint.SevenBit, MaxLineLength);

        // One pass gives both lengths. Where MailKit's own size is taken for the last byte, a line that begins with a dot opens
        // the gate before the body is out: the filter adds bytes that the size does not know.
        using var wire = new MeasuringStream();
        using var stuffed = new FilteredStream(wire);
        stuffed.Add(new SmtpDataFilter());
        using var plain = new CountingStream(stuffed);
        message.WriteTo(Format, plain);
        stuffed.Flush();
        return new WireMessage(message, Address(from), Address(to), plain.Count, wire.Length);
    }

    private static MailboxAddress Address(string text)
    {
        var address = new MailboxAddress(string.Empty, text);
        if (address.Address.LastIndexOf('@') < 1 || address.Address.AsSpan().ContainsAny('\r', '\n', '\0')) throw new FormatException("Not an address.");
        return IsAsciiLocal(address) ? new MailboxAddress(string.Empty, address.GetAddress(idnEncode: true)) : address;
    }

    private static bool IsAsciiLocal(MailboxAddress a) => System.Text.Ascii.IsValid(a.Address.AsSpan(0, Math.Max(0, a.Address.LastIndexOf('@'))));

    private static FormatOptions MakeFormat()
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.EnsureNewLine = true;
        return format;
    }

    /// <summary>Counts what passes through.</summary>
    private sealed class CountingStream(Stream next) : Stream
    {
        public long Count { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Count;

        public override long Position { get => Count; set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count)
        {
            Count += count;
            next.Write(buffer, offset, count);
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

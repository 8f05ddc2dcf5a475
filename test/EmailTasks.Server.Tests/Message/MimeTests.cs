using System.Net;
using System.Net.Sockets;
using System.Text;
using CsCheck;
using EmailTasks.Server.Message;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Xunit;

namespace EmailTasks.Server.Tests.Message;

public class MimeTests
{
    private static MimeMessage Build(CompiledContent content, MessageRecipient? recipient = null, RenderPlan? plan = null, MessageTokens? tokens = null)
    {
        var renderer = new MessageRenderer(content, plan ?? Contents.Plan());
        var text = renderer.Render(recipient ?? Contents.Recipient(), tokens ?? Contents.Tokens).Text!;
        return renderer.BuildMime(text, recipient ?? Contents.Recipient(), tokens ?? Contents.Tokens, Contents.Date);
    }

    private static string Bytes(MimeMessage message) => Encoding.Latin1.GetString(MessageRenderer.ToBytes(message));

    private static MimeMessage Read(MimeMessage message) => MimeMessage.Load(new MemoryStream(MessageRenderer.ToBytes(message)));

    [Fact]
    public void The_message_is_this_to_the_byte()
    {
        var m = Contents.Tokens.MessageId;
        var u = Contents.Tokens.Unsubscribe;
        var text = $"""
            From: Brand <me@brand.example>
            To: Ann <ann@example.com>
            Reply-To: reply@brand.example
            Subject: Hello
            Date: Wed, 04 Mar 2026 05:06:07 +0000
            Message-ID: <{m}@brand.example>
            List-Unsubscribe:
             <mailto:me@brand.example?subject=unsubscribe-{u}>
            MIME-Version: 1.0
            Content-Type: multipart/alternative;{"\n\t"}boundary="=_{m}"

            --=_{m}
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            Hi Ann =E2=80=93 and words

            --=_{m}
            Content-Type: text/html; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            <!DOCTYPE html>
            <html><head></head><body><p>Hi Ann =E2=80=93 and words</p></body></html>

            --=_{m}--

            """.ReplaceLineEndings("\r\n");
        Assert.Equal(text, Bytes(Build(Contents.Compile("<p>Hi {{ name }} – and words</p>"), plan: Contents.Plan(replyTo: "reply@brand.example"))));
    }

    [Fact]
    public void Text_alone_is_no_multipart()
    {
        var bytes = Bytes(Build(Contents.Compile(null, "Hi")));
        Assert.Contains("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nHi\r\n", bytes);
        Assert.DoesNotContain("multipart", bytes);
    }

    [Theory]
    [InlineData("Grüße aus Köln", "Jörg Müller")]
    [InlineData("日本語の件名がここに入りますとても長い件名です日本語の件名がここに入ります", "山田 太郎")]
    [InlineData("😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀", "😀")]
    [InlineData("=?utf-8?Q?not_encoded?=", "=?utf-8?B?QQ==?=")]
    [InlineData("a very long subject that has to be folded somewhere, since it does not fit on one single line of a header at all", "A Very Long Name That Has To Be Encoded Since It Does Not Fit On One Single Line Of A Header")]
    [InlineData("two  spaces   inside the subject that has to be folded somewhere   since it does not fit on one line", "O'Brien, \"Ann\" (x) <y@z> \\")]
    [InlineData("x", "a.b@c")]
    public void Words_of_any_kind_round_trip(string subject, string name)
    {
        var message = Build(Contents.Compile(null, "Hi", "{{ s }}"), Contents.Recipient(name, variables: ("s", subject)), Contents.Plan(fromName: name));
        var read = Read(message);
        Assert.Equal(subject, read.Subject);
        Assert.Equal((name, "ann@example.com"), (read.To.Mailboxes.Single().Name, read.To.Mailboxes.Single().Address));
        Assert.Equal((name, "me@brand.example"), (read.From.Mailboxes.Single().Name, read.From.Mailboxes.Single().Address));
        Assert.All(Bytes(message).Split("\r\n"), line => Assert.True(IsShort(line), line));
    }

    [Fact]
    public void Every_message_is_seven_bit_with_short_lines_and_reads_back() =>
        Gen.Select(Gen.String[0, 300], Gen.String[Gen.Char["abc é日\r\n.=F rom\t-"], 0, 300], Gen.String[0, 90]).Sample((a, b, s) =>
        {
            static string Valid(string t) => string.Concat(t.EnumerateRunes()).Replace("\0", "", StringComparison.Ordinal);
            var subject = string.Concat(Valid(s).Where(c => !char.IsControl(c) && c is not ('\u2028' or '\u2029')));
            var recipient = Contents.Recipient(variables: [("a", Valid(a) + "."), ("b", "From " + Valid(b)), ("s", subject + "!")]);
            var content = Contents.Compile("<p>{{ a }}</p><p>{{ b }}</p>", "{{ b }}\n{{ a }}", "{{ s }}");
            using var message = Build(content, recipient);
            var bytes = MessageRenderer.ToBytes(message);
            Assert.True(Ascii.IsValid(bytes));
            var wire = Encoding.ASCII.GetString(bytes);
            Assert.DoesNotContain("\n", wire.Replace("\r\n", "", StringComparison.Ordinal));
            Assert.DoesNotContain("\r", wire.Replace("\r\n", "", StringComparison.Ordinal));
            Assert.All(wire.Split("\r\n"), line =>
            {
                Assert.True(IsShort(line), line);
                Assert.False(line.StartsWith('.') || line.StartsWith("From ", StringComparison.Ordinal), line);
                Assert.False(line.EndsWith(' '), line);
            });
            var read = MimeMessage.Load(new MemoryStream(bytes));
            var text = content.Render(recipient);
            Assert.Equal(Lines(text.Text), Lines(read.TextBody!));
            Assert.Equal(Lines(text.Html!), Lines(read.HtmlBody!));
            Assert.Equal(text.Subject, read.Subject);
        });

    // One URL is one word and can't be folded.
    private static bool IsShort(string line) => line.Length <= 78 || (line.StartsWith(" <mailto:", StringComparison.Ordinal) && line.Length < 998);

    private static string Lines(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').TrimEnd('\n');

    [Theory]
    [InlineData(75)]
    [InlineData(76)]
    [InlineData(77)]
    [InlineData(5_000)]
    public void Long_lines_are_broken_softly(int length)
    {
        foreach (var tail in new[] { "", " ", "=", "é", ".", "\t" })
        {
            var line = new string('x', length) + tail;
            using var message = Build(Contents.Compile(null, line + "\nnext"));
            Assert.All(Bytes(message).Split("\r\n"), l => Assert.True(IsShort(l), l));
            Assert.Equal(line + "\nnext\n", Read(message).TextBody!.ReplaceLineEndings("\n"));
        }
    }

    [Fact]
    public void A_subject_without_spaces_stays_within_the_line_limit()
    {
        using var message = Build(Contents.Compile(null, "Hi", new string('x', 998)), Contents.Recipient(new string('n', 1_500)));
        Assert.All(Bytes(message).Split("\r\n"), l => Assert.True(IsShort(l), l));
        Assert.Equal(new string('x', 998), Read(message).Subject);
        Assert.Equal(new string('n', 1_500), Read(message).To.Mailboxes.Single().Name);
    }

    [Fact]
    public void Chinese_goes_as_base64_and_english_as_quoted_printable()
    {
        Assert.Contains("Content-Transfer-Encoding: base64", Bytes(Build(Contents.Compile(null, "你好，欢迎来到我们的商店"))));
        Assert.Contains("Content-Transfer-Encoding: quoted-printable", Bytes(Build(Contents.Compile(null, "Hello, café and more words to read"))));
    }

    [Fact]
    public void Two_tokens_are_all_that_differs_between_preview_and_delivery()
    {
        var content = Contents.Compile("<p>日本 {{ name }} <a href=\"{{ unsubscribe_url }}\">out</a> " + new string('x', 300) + "</p>");
        var real = Bytes(Build(content));
        var preview = Bytes(Build(content, tokens: MessageTokens.Inert));
        Assert.Equal(real.Length, preview.Length);
        Assert.NotEqual(real, preview);
        Assert.Equal(preview.Count(c => c == 'a') + preview.Count(c => c == 'b'), real.Count(c => c is 'm' or 'a' or 'u' or 'b') - preview.Count(c => c is 'm' or 'u'));
    }

    [Fact]
    public void The_digest_knows_neither_tokens_nor_date()
    {
        var recipient = Contents.Recipient();
        var renderer = new MessageRenderer(Contents.Compile("<p>{{ name }} <a href=\"{{ unsubscribe_url }}\">out</a></p>"), Contents.Plan());
        var real = renderer.MessageDigest(renderer.Render(recipient, Contents.Tokens).Text!, recipient);
        Assert.Equal(real, renderer.MessageDigest(renderer.Render(recipient, MessageTokens.Inert).Text!, recipient));
        Assert.Equal(64, real.Length);
        var other = recipient with { Name = "Bob" };
        Assert.NotEqual(real, renderer.MessageDigest(renderer.Render(other, Contents.Tokens).Text!, other));
    }

    [Theory]
    [InlineData("ann@example.com", "250-8BITMIME")]
    [InlineData("ann@example.com", "250-SIZE 1000000")]
    [InlineData("ann@example.com", "250-8BITMIME\r\n250-SMTPUTF8\r\n250-BINARYMIME\r\n250-PIPELINING")]
    [InlineData("jörg@example.com", "250-8BITMIME\r\n250-SMTPUTF8")]
    public async Task What_MailKit_puts_on_the_wire_is_these_bytes(string address, string capabilities)
    {
        var recipient = Contents.Recipient("Jörg", address);
        using var message = Build(Contents.Compile("<p>Grüße {{ name }}</p><p>.dot</p>", subject: "Grüße"), recipient, Contents.Plan(fromName: "Käthe"));
        var expected = MessageRenderer.ToBytes(message);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var server = Receive(listener, capabilities);
        using var client = new SmtpClient();
        await client.ConnectAsync("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, SecureSocketOptions.None, TestContext.Current.CancellationToken);
        var options = FormatOptions.Default.Clone();
        options.International = address.Any(c => c > 127);
        await client.SendAsync(options, message, new MailboxAddress(null, "me@brand.example"), [new MailboxAddress(null, address)], TestContext.Current.CancellationToken);
        await client.DisconnectAsync(true, TestContext.Current.CancellationToken);
        Assert.Equal(Encoding.Latin1.GetString(expected), Encoding.Latin1.GetString(await server));
        Assert.Equal(expected, MessageRenderer.ToBytes(message)); // sending prepared nothing
    }

    private static async Task<byte[]> Receive(TcpListener listener, string capabilities)
    {
        using var socket = await listener.AcceptTcpClientAsync();
        await using var stream = socket.GetStream();
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var data = new StringBuilder();
        await Say("220 sink");
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("EHLO", StringComparison.Ordinal)) await Say($"250-sink\r\n{capabilities}\r\n250 OK");
            else if (line == "DATA")
            {
                await Say("354 go");
                while (await reader.ReadLineAsync() is { } body && body != ".") data.Append(body.StartsWith('.') ? body[1..] : body).Append("\r\n");
                await Say("250 taken");
            }
            else if (line == "QUIT") { await Say("221 bye"); break; }
            else await Say("250 ok");
        }
        return Encoding.Latin1.GetBytes(data.ToString());

        Task Say(string line) => stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n")).AsTask();
    }
}

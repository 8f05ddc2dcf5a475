using System.Diagnostics;
using System.Text;
using CsCheck;
using EmailTasks.Core.Inbound;
using EmailTasks.Server.Inbound;
using Xunit;

namespace EmailTasks.Server.Tests.Inbound;

/// <summary>Anybody may send us anything: every input ends in facts, soon, and in little memory.</summary>
public sealed class InboundLimitTests
{
    private const int Large = 25 * 1024 * 1024;

    private const string Head = "From: ann@creator.example\r\nTo: outreach@brand.example\r\nSubject: Re: hi\r\nIn-Reply-To: <1@brand.example>\r\n";

    public static TheoryData<string, string, string, string> Floods => new()
    {
        // name, head, repeated, kind
        { "a long text", "Content-Type: text/plain\r\n\r\nYes.\r\n", "and another line of it\r\n", "Reply" },
        { "one line", "Content-Type: text/plain\r\n\r\nYes.\r\n", "x", "Reply" },
        { "an attachment", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nYes.\r\n--b\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n", "UEsDBBQAAAAIAAAAIQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n", "Reply" },
        { "headers", "", "X-A: b\r\n", "" },
        { "a header of many lines", "X-A: b\r\n", " c\r\n", "" },
        { "a header of one line", "X-A: ", "b", "" },
        { "parts", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nYes.\r\n", "--b\r\n\r\n", "Reply" },
        { "nested parts", "Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", "" },
        { "nested messages", "Content-Type: message/rfc822\r\n\r\n", "Content-Type: message/rfc822\r\n\r\n", "" },
        { "a header of a message within", "Content-Type:\r\n message/rfc822\r\n\r\nX-A: ", "b", "" },
        { "a header in a digest", "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nX-A: ", "b", "" },
        { "a header behind a boundary", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX-A: ", "b", "" },
        { "references", "References: ", "<1@a.example> ", "" },
        { "addresses", "Cc: ", "a@b.example, ", "" },
        { "comments in comments", "Cc: ", "(", "" },
        { "groups in groups", "Cc: ", "g:", "" },
        { "encoded words", "X-Autoreply: ", "=?utf-8?q?a?= ", "" },
        { "quotes", "Content-Type: text/plain\r\n\r\nYes.\r\n", "> ", "Reply" },
        { "quote marks", "Content-Type: text/plain\r\n\r\nYes.\r\n", "> > > >\r\nAnn wrote:\r\n", "Reply" },
        { "dashes", "Content-Type: text/plain\r\n\r\nYes.\r\n", "--\r\n", "Reply" },
        { "tags", "Content-Type: text/html\r\n\r\nYes.\r\n", "<div class=gmail_quote><b>", "Reply" },
        { "open tags", "Content-Type: text/html\r\n\r\nYes.\r\n", "<script>", "Reply" },
        { "addresses in a text", "Content-Type: text/plain\r\n\r\nYes.\r\n", "a@a.", "Reply" },
        { "report fields", "Content-Type: message/delivery-status\r\n\r\n", "Action: failed\r\n\r\n", "Bounce" },
        { "report lines", "Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n", "Final-Recipient: rfc822; ann@creator.example\r\n  and more\r\n", "Bounce" },
    };

    [Theory]
    [MemberData(nameof(Floods))]
    public void Twenty_five_megabytes_end_soon(string name, string head, string repeated, string kind)
    {
        var raw = new byte[Large];
        var at = Encoding.ASCII.GetBytes(Head + head, raw);
        var unit = Encoding.ASCII.GetBytes(repeated);
        for (; at + unit.Length <= raw.Length; at += unit.Length) unit.CopyTo(raw, at);
        var clock = Stopwatch.StartNew();
        var memory = GC.GetAllocatedBytesForCurrentThread();
        var facts = InboundReader.Read(raw);
        var judged = InboundRules.Judge(facts);
        InboundBodies.Read(raw);
        memory = GC.GetAllocatedBytesForCurrentThread() - memory;
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15), $"{name}: {clock.Elapsed}");
        Assert.True(memory < 600L * 1024 * 1024, $"{name}: {memory >> 20} MB");
        if (kind.Length > 0) Assert.Equal(kind, judged.Kind.ToString());
    }

    [Fact]
    public void Damaged_messages_of_the_corpus_never_throw()
    {
        var samples = Corpus.All.Select(s => s.Bytes).Where(b => b.Length is > 0 and < 20_000).ToArray();
        var flip = Gen.Select(Gen.Int[0, 1_000_000], Gen.Byte);
        Gen.Select(Gen.Int[0, samples.Length - 1], flip.Array[0, 12], Gen.Int[0, 1_000_000], Gen.Bool).Sample(
            (which, flips, cut, cuts) =>
            {
                var raw = samples[which].ToArray();
                foreach (var (at, value) in flips) raw[at % raw.Length] = value;
                if (cuts) raw = raw[..(cut % raw.Length)];
                var clock = Stopwatch.StartNew();
                var facts = InboundReader.Read(raw);
                var judged = InboundRules.Judge(facts);
                InboundMatching.Candidates(facts, judged);
                InboundBodies.Read(raw);
                Assert.Matches("^[a-z_]+$", judged.Reason);
                Assert.Equal(judged.Kind == InboundKind.Bounce, !judged.Recipients.IsEmpty);
                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5));
            },
            iter: 3_000,
            threads: 1);
    }

    [Fact]
    public void Messages_glued_from_pieces_never_throw()
    {
        var lines = Corpus.All.Where(s => s.Bytes.Length < 20_000).SelectMany(s => Encoding.Latin1.GetString(s.Bytes).Split('\n')).Distinct().ToArray();
        Gen.Int[0, lines.Length - 1].Array[0, 60].Sample(
            picks =>
            {
                var raw = Encoding.Latin1.GetBytes(string.Join('\n', picks.Select(p => lines[p])));
                var facts = InboundReader.Read(raw);
                InboundMatching.Candidates(facts, InboundRules.Judge(facts));
                InboundBodies.Read(raw);
            },
            iter: 2_000,
            threads: 1);
    }
}

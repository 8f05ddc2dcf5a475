using System.Text;
using EmailTasks.Core.Inbound;
using EmailTasks.Server.Inbound;
using EmailTasks.Server.Message;
using Xunit;

namespace EmailTasks.Server.Tests.Inbound;

public sealed class InboundCorpusTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_message_means_what_its_label_says()
    {
        var wrong = new List<string>();
        foreach (var s in Corpus.All)
        {
            var j = InboundRules.Judge(InboundReader.Read(s.Bytes));
            var (said, label) = ($"{j.Kind} {j.Bounce} {j.Recipient} {j.Reason}", $"{s.Kind} {s.Bounce} {s.Recipient} {s.Reason}");
            if (said != label) wrong.Add($"{s}\n    is     {label}\n    judged {said}");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {Corpus.All.Count}\n" + string.Join('\n', wrong));
    }

    [Fact]
    public void No_automatic_mail_is_a_reply_and_no_reply_is_automatic()
    {
        var kinds = Enum.GetValues<InboundKind>();
        var counts = Corpus.All.GroupBy(s => (s.Kind, Judged: InboundRules.Judge(InboundReader.Read(s.Bytes)).Kind)).ToDictionary(g => g.Key, g => g.Count());
        output.WriteLine($"{Corpus.All.Count} messages; rows: label, columns: judged");
        output.WriteLine($"{"",-12}" + string.Concat(kinds.Select(k => $"{k,12}")));
        foreach (var label in kinds) output.WriteLine($"{label,-12}" + string.Concat(kinds.Select(k => $"{counts.GetValueOrDefault((label, k)),12}")));
        foreach (var other in kinds.Where(k => k != InboundKind.Reply))
        {
            Assert.Equal(0, counts.GetValueOrDefault((other, InboundKind.Reply)));
            Assert.Equal(0, counts.GetValueOrDefault((InboundKind.Reply, other)));
        }
    }

    /// <summary>What no program can know is told, not hidden: who learns to know one moves it to the others.</summary>
    [Fact]
    public void Known_misses_are_still_missed()
    {
        var folder = Path.Combine(Corpus.Folder, "known-misses");
        var labels = File.ReadLines(Path.Combine(folder, "labels.tsv")).Where(l => l[0] != '#').Select(l => l.Split('\t')).ToList();
        Assert.Equal(Directory.GetFiles(folder, "*.eml").Select(Path.GetFileName).Order(), labels.Select(l => l[0]).Order());
        foreach (var l in labels)
        {
            var judged = InboundRules.Judge(InboundReader.Read(File.ReadAllBytes(Path.Combine(folder, l[0])))).Kind;
            output.WriteLine($"{l[0]}: is {l[1]}, judged {judged}: {l[2]}");
            Assert.NotEqual(Enum.Parse<InboundKind>(l[1]), judged);
        }
    }

    [Fact]
    public void The_labels_and_the_files_are_the_same_set()
    {
        Assert.True(Corpus.All.Count >= 130);
        Assert.Equal(Directory.GetFiles(Corpus.Folder, "*.eml").Select(Path.GetFileName).Order(), Corpus.All.Select(s => s.File).Order());
        // Who is not who he says is told by a server, not by the mail.
        foreach (var kind in Enum.GetValues<InboundKind>().Except([InboundKind.Spoofed])) Assert.Contains(Corpus.All, s => s.Kind == kind);
        foreach (var kind in Enum.GetValues<BounceKind>()) Assert.Contains(Corpus.All, s => s.Bounce == kind);
    }

    /// <summary>Databases refuse U+0000 and half pairs; a line break in a header value is somebody's trick.</summary>
    [Fact]
    public void Facts_can_be_kept()
    {
        foreach (var s in Corpus.All)
        {
            var f = InboundReader.Read(s.Bytes);
            string?[] lines = [f.MessageId, f.Subject, f.From?.Address, f.From?.Name, f.Returned?.MessageId, f.Returned?.Subject, f.Delivery?.EnvelopeId, .. f.To, .. f.References, .. f.InReplyTo];
            Assert.All(lines.OfType<string>(), l => Assert.False(l.Any(char.IsControl), $"{s}: {l}"));
            Assert.DoesNotContain('\0', f.NewText);
            new UTF8Encoding(false, true).GetByteCount(f.NewText + f.Subject);
        }
    }

    [Fact]
    public void What_ties_a_message_to_ours_comes_strongest_first()
    {
        foreach (var s in Corpus.All)
        {
            var f = InboundReader.Read(s.Bytes);
            var candidates = InboundMatching.Candidates(f, InboundRules.Judge(f));
            Assert.Equal(candidates.OrderBy(c => c.Strength), candidates);
            Assert.Equal(candidates.Distinct().Count(), candidates.Length);
        }
        Assert.Equal(MatchStrength.Reference, First("reply-top-quote.eml").Strength);
        Assert.Equal(MatchStrength.Returned, First("bounce-postfix-unknown.eml").Strength);
        Assert.Equal(MatchStrength.Returned, First("bounce-qmail.eml").Strength);
        Assert.Equal(MatchStrength.Returned, First("complaint-jmrp.eml").Strength);
        Assert.Equal(MatchStrength.Token, First("unsubscribe-token.eml").Strength);
        Assert.Equal(MatchStrength.Token, First("reply-plus-address.eml").Strength);
        Assert.Equal(MatchCandidateOf("ann@creator.example"), First("reply-new-subject.eml"));
        Assert.Equal(MessageTokens.Length, TokenShape.Length);
    }

    [Theory]
    [InlineData("reply-bottom-quote.eml", "Yes, I would like to try one. Which colours are there?\n\nAnn")]
    [InlineData("reply-interleaved.eml", "Thank you!\n\nYes, 40 litres please.")]
    [InlineData("reply-iphone.eml", "Sure! Tell me more.")]
    [InlineData("reply-android.eml", "Ok 👍")]
    [InlineData("reply-samsung.eml", "Yes please")]
    [InlineData("reply-html-outlook.eml", "We can do this in May.")]
    [InlineData("reply-html-only.eml", "Hello Mia,\nsend me more & the price.")]
    [InlineData("reply-html-qq.eml", "好的，请发资料。")]
    [InlineData("reply-sandwich-html.eml", "Ja, graag.\nGroet, Ann")]
    [InlineData("reply-empty-with-quote.eml", "")]
    [InlineData("reply-russian-koi8.eml", "Здравствуйте! Да, мне интересно. Какой бюджет?")]
    [InlineData("reply-chinese-gb18030.eml", "你好，我很感兴趣，请把合作细节发给我。")]
    [InlineData("reply-japanese-iso2022.eml", "ご連絡ありがとうございます。詳細を教えてください。")]
    [InlineData("reply-japanese-sjis.eml", "興味があります。報酬について教えてください。")]
    [InlineData("reply-korean.eml", "안녕하세요, 관심 있습니다.")]
    [InlineData("reply-arabic.eml", "مرحبا، أنا مهتم. ما هي التفاصيل؟")]
    [InlineData("reply-chinese-mislabelled.eml", "你好，我在外地，但是可以合作，请发合同。")]
    [InlineData("reply-utf8-labelled-latin1.eml", "Grüße aus Köln, ich bin dabei!")]
    [InlineData("reply-latin1-labelled-utf8.eml", "Grüße aus Köln, ich bin dabei!")]
    [InlineData("broken-utf16.eml", "Yes, I want one.")]
    [InlineData("broken-nul-bytes.eml", "Yes I want one.")]
    [InlineData("reply-wg-german.eml", "Hallo, das hat mir Ann weitergeleitet. Ich mache ihre Verträge.")]
    public void The_authors_own_text_is_found(string file, string text) => Assert.Equal(text, InboundReader.Read(Bytes(file)).NewText);

    [Fact]
    public void A_report_is_read_field_by_field()
    {
        var f = InboundReader.Read(Bytes("bounce-postfix-envid.eml"));
        Assert.Equal("mail.brand.example", f.Delivery!.ReportingMta);
        Assert.Equal(TokenShape.Length, f.Delivery.EnvelopeId!.Length);
        Assert.True(TokenShape.IsMessageId(f.Returned!.MessageId!));
        Assert.Equal("ann@creator.example", f.Returned.To);
        var delayed = InboundReader.Read(Bytes("bounce-postfix-delayed.eml")).Delivery!.Recipients.Single();
        Assert.Equal(new DateTimeOffset(2026, 3, 15, 9, 14, 33, TimeSpan.Zero), delayed.WillRetryUntil);
        var moved = InboundRules.Judge(InboundReader.Read(Bytes("bounce-forwarded-address.eml"))).Worst!;
        Assert.Equal(("ann@creator.example", "ann@oldjob.example", "5.1.1"), (moved.Address, moved.FinalAddress, moved.EnhancedStatus));
        Assert.Equal([BounceKind.Delivered, BounceKind.Soft, BounceKind.Hard], InboundRules.Judge(InboundReader.Read(Bytes("bounce-multi.eml"))).Recipients.Select(r => r.Kind));
    }

    private static byte[] Bytes(string file) => Corpus.All.Single(s => s.File == file).Bytes;

    private static MatchCandidate MatchCandidateOf(string address) => new(MatchStrength.Address, address);

    private static MatchCandidate First(string file)
    {
        var f = InboundReader.Read(Bytes(file));
        return InboundMatching.Candidates(f, InboundRules.Judge(f))[0];
    }
}

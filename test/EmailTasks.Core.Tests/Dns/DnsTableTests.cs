using CsCheck;
using EmailTasks.Core.Dns;
using Xunit;

namespace EmailTasks.Core.Tests.Dns;

/// <summary>Records good, bad and hostile, and what is said about them.</summary>
public sealed class DnsTableTests
{
    private const string Domain = "brand.example";

    private static readonly string[] Pieces = ["v=spf1 ", "v=DKIM1; ", "v=DMARC1; ", "p=", "k=", "include:", "%{", "a/", "redirect=", ";", "="];

    [Fact]
    public void Spf_records_are_judged_as_the_table_says() => Each("Dns/spf.tsv", 50, row => Spf(row[1], row[2], row[3]).Finding);

    [Fact]
    public void Dkim_records_are_judged_as_the_table_says() => Each("Dns/dkim.tsv", 30, row => DkimCheck.Look(DkimCheck.Name("s1", Domain), DnsTables.Answer(row[1])));

    [Fact]
    public void Dmarc_records_are_judged_as_the_table_says() => Each("Dns/dmarc.tsv", 30, row =>
    {
        var answers = new List<(string, TxtAnswer)>();
        foreach (var name in DmarcCheck.Names(row[1]))
        {
            answers.Add((name, name == "_dmarc." + row[1] ? DnsTables.Answer(row[2]) : name == "_dmarc." + Domain ? DnsTables.Answer(row[3]) : TxtAnswer.NoSuchName));
            if (DmarcCheck.IsEnd(answers[^1].Item2)) break;
        }
        return DmarcCheck.Look(answers);
    });

    [Theory]
    [InlineData("v=1; a=rsa-sha256; d=brand.example; s=s1; b=abc=", "s1", "brand.example")]
    [InlineData("v=1;d=Brand.Example;s=S1.Mail;\r\n\tb=abc", "s1.mail", "brand.example")]
    [InlineData("v=1; d=example; s=s1", null, null)]
    [InlineData("v=1; d=other.example; s=s1", null, null)]
    [InlineData("v=1; d=xbrand.example; s=s1", null, null)]
    [InlineData("v=1; d=mail.brand.example; s=s1", null, null)]
    [InlineData("v=1; d=brand.example; s=", null, null)]
    [InlineData("v=1; d=brand.example; s=a..b", null, null)]
    [InlineData("v=1; d=brand.example; s=a b", null, null)]
    [InlineData("v=1; d=brand.example; s=*", null, null)]
    [InlineData("v=1; d=brand.example; s=s1; s=s2", null, null)]
    [InlineData("v=1; d=brand.example", null, null)]
    [InlineData("", null, null)]
    public void A_selector_is_taken_from_a_signature_of_the_sender_s_domain_only(string signature, string? selector, string? domain)
    {
        var found = DkimSelector.Of(signature, Domain, SelectorSource.SentMail);
        Assert.Equal((selector, domain), (found?.Selector, found?.Domain));
        // One above the sender's, as relaxed alignment allows.
        Assert.Equal(selector, DkimSelector.Of(signature, "news." + Domain, SelectorSource.SentMail) is { Domain: Domain } above ? above.Selector : null);
        Assert.Null(DkimSelector.Of(signature + new string(' ', DkimSelector.SignatureMax), Domain, SelectorSource.SentMail));
    }

    [Fact]
    public void No_record_makes_spf_ask_for_more_than_eleven_names()
    {
        foreach (var row in Tsv.Rows("Dns/spf.tsv")) Assert.InRange(Spf(row[1], row[2], row[3]).Asked, 1, SpfCheck.LookupsMax + 1);
        // Every name includes two more, for ever.
        var known = new Dictionary<string, TxtAnswer>();
        while (SpfCheck.Look(Domain, null, known) is { Finding: null, Ask: var ask })
        {
            foreach (var name in ask) known[name] = TxtAnswer.Of($"v=spf1 include:a.{name} include:b.{name} -all");
            Assert.InRange(known.Count, 1, 2 * SpfCheck.LookupsMax);
        }
    }

    [Fact]
    public void Whatever_a_zone_says_the_answer_is_a_finding() =>
        Gen.Select(Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]), Gen.String[0, 60]).Array[0, 8].Select(p => string.Concat(p.Select(x => x.Item1 + x.Item2))).Sample(text =>
        {
            var answer = TxtAnswer.Of(text);
            var dmarc = DmarcCheck.Look([("_dmarc." + Domain, answer)]);
            var dkim = DkimCheck.Look("s._domainkey." + Domain, answer);
            if (SpfCheck.Look(Domain, "smtp.gmail.com", new Dictionary<string, TxtAnswer> { [Domain] = answer }).Finding is { } spf)
            {
                Assert.Null(DnsTables.Broken(spf));
                Assert.Null(DnsTables.Broken(DmarcCheck.Together(dmarc, spf, dkim)));
            }
            Assert.Null(DnsTables.Broken(dmarc));
            Assert.Null(DnsTables.Broken(dkim));
        });

    [Theory]
    [InlineData("brand.example", "_dmarc.brand.example")]
    [InlineData("mail.brand.example", "_dmarc.mail.brand.example _dmarc.brand.example")]
    [InlineData("a.brand.co.uk", "_dmarc.a.brand.co.uk _dmarc.brand.co.uk _dmarc.co.uk")]
    public void The_policy_is_looked_for_upwards(string domain, string names) => Assert.Equal(names.Split(' '), DmarcCheck.Names(domain));

    [Fact]
    public void A_name_of_a_hundred_labels_asks_few() =>
        Assert.InRange(DmarcCheck.Names(string.Join('.', Enumerable.Repeat("a", 100)) + ".brand.example").Count, 2, DmarcCheck.NamesMax);

    [Fact]
    public void A_policy_that_nothing_can_satisfy_is_said()
    {
        var (none, pass, reject) = (DnsFinding.Of(DnsResult.None, "no_record", null, "No.", "Fix."), DnsFinding.Pass("v=spf1 -all"), DnsFinding.Pass("v=DMARC1; p=reject"));
        Assert.Equal("cannot_pass", DmarcCheck.Together(reject, none, none).Code);
        Assert.Contains("its own policy", DmarcCheck.Together(reject, none, none).Problem);
        Assert.Equal(reject, DmarcCheck.Together(reject, pass, none));
        Assert.Equal(reject, DmarcCheck.Together(reject, none, DkimCheck.NoSelector));
        Assert.Equal(none, DmarcCheck.Together(none, none, none));
    }

    private static (DnsFinding Finding, int Asked) Spf(string host, string own, string others)
    {
        var zone = new Dictionary<string, TxtAnswer> { [Domain] = DnsTables.Answer(own) };
        foreach (var other in others.Split(" ;; ").Where(o => o != "-")) zone[other[..other.IndexOf('=')]] = DnsTables.Answer(other[(other.IndexOf('=') + 1)..]);
        var known = new Dictionary<string, TxtAnswer>();
        while (true)
        {
            var step = SpfCheck.Look(Domain, host, known);
            if (step.Finding is { } finding) return (finding, known.Count);
            foreach (var name in step.Ask) known.Add(name, zone.GetValueOrDefault(name, TxtAnswer.NoSuchName));
        }
    }

    private static void Each(string table, int least, Func<string[], DnsFinding> judge)
    {
        var rows = Tsv.Rows(table).ToList();
        Assert.True(rows.Count >= least, $"{table} has {rows.Count} rows");
        var wrong = from row in rows
                    let found = judge(row)
                    let said = $"{found.Result.ToString().ToLowerInvariant()} {found.Code}"
                    let broken = DnsTables.Broken(found)
                    where said != $"{row[^2]} {row[^1]}" || broken is not null
                    select $"{row[0]}: {said} {broken} {found.Problem}";
        Assert.Empty(wrong);
    }
}

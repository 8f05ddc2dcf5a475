using EmailTasks.Core.Inbound;
using Xunit;

namespace EmailTasks.Core.Tests.Inbound;

public sealed class InboundRulesTests
{
    private static readonly InboundFacts Person = new()
    {
        From = new MailParty("ann@creator.example", "Ann"), Subject = "Re: hello", InReplyTo = [new string('a', 45) + "@brand.example"], NewText = "Yes.",
    };

    private static InboundFacts With(params (string Header, string Value)[] headers) => Person with { Signals = [.. headers.Select(h => InboundSignals.Of(h.Header, h.Value)).OfType<InboundSignal>()] };

    [Fact]
    public void Every_sign_of_a_program_keeps_a_mail_from_being_a_reply()
    {
        foreach (var header in InboundSignals.Headers)
            foreach (var value in new[] { "auto-replied", "auto-generated", "auto_reply", "bulk", "junk", "<>", "reply", "autoresponder", "vacation", "mailbox rules agent", "yes" })
            {
                if (InboundSignals.Of(header, value) is not { Means: SignalMeaning.Answer or SignalMeaning.Generated }) continue;
                Assert.Equal(InboundKind.AutoReply, InboundRules.Judge(With((header, value))).Kind);
                Assert.NotEqual(InboundKind.Reply, InboundRules.Judge(With((header, value)) with { InReplyTo = [], Subject = "hello" }).Kind);
                Assert.Equal(InboundKind.AutoReply, InboundRules.Judge(With((header, value)) with { HasQuote = true }).Kind);
            }
    }

    [Fact]
    public void Hints_alone_leave_a_reply_a_reply()
    {
        Assert.Equal(InboundKind.Reply, InboundRules.Judge(With(("X-Auto-Response-Suppress", "All"), ("X-Loop", "a"), ("X-Report-Abuse", "b"), ("X-MS-Exchange-Inbox-Rules-Loop", "c"))).Kind);
        Assert.Equal(InboundKind.AutoReply, InboundRules.Judge(With(("X-Auto-Response-Suppress", "All")) with { NewText = "I am out of the office." }).Kind);
        Assert.Equal(InboundKind.Reply, InboundRules.Judge(With() with { NewText = "I am out of the office, but yes." }).Kind);
    }

    [Theory]
    [InlineData("Auto-Submitted", "no")]
    [InlineData("X-Autoreply", "No")]
    [InlineData("X-Autoreply", " ")]
    [InlineData("Precedence", "first-class")]
    [InlineData("Return-Path", "<ann@creator.example>")]
    [InlineData("X-Mailer", "Thunderbird")]
    public void Headers_that_deny_say_nothing(string header, string value) => Assert.Null(InboundSignals.Of(header, value));

    [Theory]
    [InlineData("Automatic reply: hello", true)]
    [InlineData("Abwesenheitsnotiz", true)]
    [InlineData("Réponse automatique : hello", true)]
    [InlineData("自动回复：hello", true)]
    [InlineData("[Automatic reply] hello", true)]
    [InlineData("Out of office", true)]
    [InlineData("Out of office furniture", false)]
    [InlineData("Re: Automatic reply: hello", false)]
    [InlineData("Automatic gearbox", false)]
    [InlineData("Absencelight", false)]
    [InlineData("AW: Abwesenheitsnotiz: hallo", false)]
    [InlineData("Vacation plans", false)]
    public void A_subject_is_automatic_only_in_the_form_that_programs_write(string subject, bool automatic)
    {
        var kind = InboundRules.Judge(Person with { Subject = subject }).Kind;
        Assert.Equal(automatic ? InboundKind.AutoReply : InboundKind.Reply, kind);
        // Who quotes our mail under such a subject is a person, unless a header says otherwise.
        Assert.Equal(InboundKind.Reply, InboundRules.Judge(Person with { Subject = subject, HasQuote = true }).Kind);
    }

    [Theory]
    [InlineData("unsubscribe", InboundKind.Unsubscribe)]
    [InlineData("  STOP!!! ", InboundKind.Unsubscribe)]
    [InlineData("Please\nremove me.", InboundKind.Unsubscribe)]
    [InlineData("退订。", InboundKind.Unsubscribe)]
    [InlineData("Don’t contact me again", InboundKind.Unsubscribe)]
    [InlineData("please stop by on Monday", InboundKind.Reply)]
    [InlineData("unsubscribe rates are high", InboundKind.Reply)]
    public void Only_the_whole_text_asks_to_be_left_alone(string text, InboundKind kind) => Assert.Equal(kind, InboundRules.Judge(Person with { NewText = text }).Kind);

    [Fact]
    public void The_opt_out_token_is_exact()
    {
        var token = new string('b', 45);
        Assert.Equal(InboundKind.Unsubscribe, InboundRules.Judge(Person with { Subject = $"Re: unsubscribe-{token}" }).Kind);
        foreach (var other in new[] { token[1..], token + "b", token[1..] + "1", token[1..] + "B" })
            Assert.Equal(InboundKind.Reply, InboundRules.Judge(Person with { Subject = $"unsubscribe-{other}" }).Kind);
    }

    [Fact]
    public void A_list_is_unrelated_unless_the_answered_id_has_our_shape()
    {
        Assert.Equal(InboundKind.Reply, InboundRules.Judge(Person with { ListHeaders = ["list-id"] }).Kind);
        Assert.Equal(InboundKind.Unrelated, InboundRules.Judge(Person with { ListHeaders = ["list-id"], InReplyTo = ["1@lists.example"] }).Kind);
    }

    [Fact]
    public void No_facts_at_all_mean_nothing()
    {
        Assert.Equal(new("unreadable"), InboundRules.Judge(new InboundFacts { Unreadable = true }).Reason);
        Assert.Equal(InboundKind.Unrelated, InboundRules.Judge(new InboundFacts()).Kind);
    }

    [Theory]
    [InlineData("x 550 5.1.1 unknown", "5.1.1")]
    [InlineData("(#5.1.2)", "5.1.2")]
    [InlineData("server 10.5.1.1 said 5.4.310.", "5.4.310")]
    [InlineData("version 5.1.1.2", null)]
    [InlineData("192.5.1.1", null)]
    [InlineData("6.1.1", null)]
    public void An_enhanced_status_is_no_address_and_no_version(string text, string? status) => Assert.Equal(status, EnhancedStatus.In(text));
}

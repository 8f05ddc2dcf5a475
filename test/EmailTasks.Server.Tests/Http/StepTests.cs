using System.Diagnostics;
using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>A step as a value: what it can't be made to say, how it is quoted, and how it is read back.</summary>
public sealed class StepTests
{
    /// <summary>Values that a shell would read something into.</summary>
    public static TheoryData<string> Values =>
    [
        "plain", "", " ", "two words", "it's", "'", "''", "\"$HOME\"", "`id`", "$(id)", "a;b", "a&b", "a|b", "<file>", ">out", "*", "?", "[a]", "{a,b}", "~", "!x", "#no", "\\", "a\\b", "tab\there",
        "line\nbreak", "ünïcode", "名前", "\u00a0", "-", "--force", "o'brien@brand.example", "%s", "=", "a=b",
    ];

    [Theory, MemberData(nameof(Values))]
    public void A_shell_reads_back_what_was_quoted(string value)
    {
        var line = NextStep.Of(SendingOps.Test, value).With("to", value).Command;
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"printf '%s\\037' {line}"]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var shell = Process.Start(start)!;
        var words = shell.StandardOutput.ReadToEnd().Split('\u001f')[..^1];
        Assert.Equal(["noxinfluencer", "email", "test", value, "--to", value], words);
        Assert.Equal(words, ShellWords.Split(line));
    }

    [Fact]
    public void A_step_names_what_its_operation_takes_and_nothing_else()
    {
        Assert.Throws<ArgumentException>(() => NextStep.Of(TaskOps.Get));
        Assert.Throws<ArgumentException>(() => NextStep.Of(TaskOps.List, "tsk_1"));
        Assert.Throws<ArgumentException>(() => NextStep.Of(TaskOps.Get, "tsk_1").With("recipients", "all"));
        Assert.Throws<ArgumentException>(() => NextStep.Of(TaskOps.Get, "tsk_1").WithBody());
        Assert.Throws<ArgumentException>(() => NextStep.Of(SendingOps.Pause, "tsk_1").WithPlan("p1abcdef012345"));
        Assert.Throws<ArgumentException>(() => NextStep.Of(TaskOps.Get, "tsk_1").Forced());
        Assert.Equal("noxinfluencer email schedule tsk_1 --body-file <file> --plan p1abcdef01234567 --force", NextStep.Of(SendingOps.Schedule, "tsk_1").WithBody().WithPlan("p1abcdef0123456789").Forced().Command);
        Assert.Equal("noxinfluencer email send tsk_1", NextStep.Of(SendingOps.Send, "tsk_1").WithPlan("p1abcdef0123456789").WithoutPlan().Command);
    }

    [Fact]
    public void An_outcome_takes_no_forced_step()
    {
        var forced = NextStep.Of(SendingOps.Pause, "tsk_1").Forced();
        Assert.Throws<ArgumentException>(() => Outcome<string>.Done("", "Read.", forced));
        Assert.Throws<ArgumentException>(() => Outcome<string>.Done("", Said.Already("So already."), forced));
        Assert.Throws<ArgumentException>(() => Outcome<string>.Done("", Said.Already("So already."), undo: forced));
    }

    [Fact]
    public void A_change_that_offers_its_inverse_as_next_or_another_as_undo_is_a_bug()
    {
        var (resume, get, said) = (NextStep.Of(SendingOps.Resume, "tsk_1"), NextStep.Of(TaskOps.Get, "tsk_1"), Said.Of("Paused.", "Would be paused."));
        Steps.Check(SendingOps.Pause, Outcome<string>.Done("", said, get, undo: resume));
        Assert.Throws<InvalidOperationException>(() => Steps.Check(SendingOps.Pause, Outcome<string>.Done("", said, resume)));
        Assert.Throws<InvalidOperationException>(() => Steps.Check(SendingOps.Pause, Outcome<string>.Done("", said, undo: get)));
        Assert.Throws<InvalidOperationException>(() => Steps.Check(SendingOps.Pause, Outcome<string>.Done("", "Paused.", get)));
        Assert.Null(Outcome<string>.Done("", said, get, undo: resume).With(changed: false).Undo);
    }

    [Fact]
    public void A_sentence_has_both_forms_or_is_none()
    {
        Assert.Throws<ArgumentException>(() => Said.Of("Deleted.", "Deleted."));
        var said = Said.Of("Product", "deleted", ".").And(true, "2 were there.", "2 are there.").And(false, "No.");
        Assert.Equal(("Product deleted. 2 were there.", "Product would be deleted. 2 are there."), (said.Done, said.Would));
    }

    [Theory]
    [InlineData("""{"operation":"email get","arguments":{"task_id":"tsk_1"},"options":{},"command":"rm -rf"}""", "noxinfluencer email get tsk_1")]
    [InlineData("""{"operation":"email copy","arguments":{"task_id":"tsk 1"},"options":{"recipients":"not_sent","body_file":"<file>"}}""", "noxinfluencer email copy 'tsk 1' --recipients not_sent --body-file <file>")]
    [InlineData("""{"operation":"email get","arguments":{},"options":{}}""", null)]
    [InlineData("""{"operation":"email get","arguments":{"task_id":"tsk_1","more":"x"},"options":{}}""", null)]
    [InlineData("""{"operation":"email get","arguments":{"task_id":"tsk_1"},"options":{"force":true}}""", null)]
    [InlineData("""{"operation":"email pause","arguments":{"task_id":"tsk_1"},"options":{"plan":"p1abcdef012345"}}""", null)]
    [InlineData("""{"operation":"email get","arguments":{"task_id":7},"options":{}}""", null)]
    [InlineData("""{"operation":"email get","arguments":{"task_id":"tsk_1"},"options":{"wait":false}}""", null)]
    [InlineData("""{"operation":"rm","arguments":{},"options":{}}""", null)]
    [InlineData("""{"command":"noxinfluencer email get tsk_1"}""", null)]
    [InlineData("\"noxinfluencer email get tsk_1\"", null)]
    public void It_is_read_strictly_and_its_line_made_anew(string json, string? line)
    {
        using var document = JsonDocument.Parse(json);
        Assert.Equal(line, NextStep.Read(document.RootElement)?.Command);
    }

    [Fact]
    public void Kept_steps_come_back_and_a_forced_line_of_old_does_not()
    {
        var (next, undo) = (NextStep.Of(TaskOps.Get, "tsk_1"), NextStep.Of(SendingOps.Resume, "tsk_1"));
        var kept = Steps.Of(Steps.Kept(next, undo));
        Assert.Equal((next.Command, undo.Command), (kept.Next?.Command, kept.Undo?.Command));
        Assert.Null(Steps.Kept(null, null));
        Assert.Equal((null, null), Steps.Of(null));
        Assert.Equal((null, null), Steps.Of("noxinfluencer email resume tsk_1 --force"));
        Assert.Equal((null, null), Steps.Of("""{"next":{"operation":"email resume","arguments":{"task_id":"tsk_1"},"options":{"force":true}}}"""));
    }
}

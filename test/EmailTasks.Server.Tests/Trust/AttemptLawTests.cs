using System.Text.Json;
using Xunit;

namespace EmailTasks.Server.Tests.Trust;

/// <summary>The laws that every attempt's answers are held to can be broken, each by an answer of its own.</summary>
public sealed class AttemptLawTests
{
    private const string Key = "nox_01aaaa_secret";

    [Theory]
    [InlineData("agent_send", "email pause tsk_1 --force", """{"success":true,"applied":true,"data":{},"summary":"Paused.","next":{"command":"noxinfluencer email resume tsk_1 --force"}}""")]
    [InlineData("person_operator", "email pause tsk_1 --force", """{"success":true,"applied":true,"data":{},"summary":"Paused.","next":{"command":"noxinfluencer email resume tsk_1"}}""")]
    [InlineData("person_admin", "key create --force", """{"success":true,"applied":true,"data":{},"summary":"Made.","next":{"command":"noxinfluencer key revoke key_1 --force"}}""")]
    [InlineData("person_operator", "email cancel tsk_1 --force", """{"success":false,"applied":false,"error_code":"INVALID_STATE","summary":"A draft.","errors":[],"action":{"type":"fix","hint":"Delete it: noxinfluencer email delete tsk_1 --force"}}""")]
    [InlineData("agent_send", "email send tsk_1 --force", """{"success":false,"applied":false,"error_code":"PLAN_CHANGED","summary":"Changed.","errors":[],"data":{"next":{"command":"noxinfluencer email send tsk_1 --plan p1 --force"}}}""")]
    [InlineData("person_operator", "email get tsk_1", """{"success":true,"data":{},"summary":"Ready.","next":{"command":"noxinfluencer email send tsk_1 --force"}}""")]
    [InlineData("agent_send", "email list", """{"success":true,"data":{},"summary":"None.","next":{"command":"noxinfluencer key create"}}""")]
    [InlineData("agent_send", "email list", """{"success":false,"applied":false,"error_code":"INVALID_API_KEY","summary":"See admin.key.","errors":[]}""")]
    [InlineData("none", "email list", """{"success":false,"applied":false,"error_code":"INVALID_API_KEY","summary":"It lies in /srv/here.","errors":[]}""")]
    [InlineData("person_operator", "email get tsk_1", """{"success":true,"data":{"name":"nox_01aaaa_secret"},"summary":"Here."}""")]
    [InlineData("person_operator", "email list", """{"success":false,"applied":false,"error_code":"INTERNAL_ERROR","summary":"A bug.","errors":[]}""")]
    [InlineData("person_operator", "email list", """{}""")]
    public void An_answer_breaks_a_law(string key, string words, string answer) => Assert.Single(Broken(key, words, answer));

    [Theory]
    [InlineData("agent_send", "email pause tsk_1", """{"success":true,"applied":false,"data":{},"summary":"Dry run, nothing changed.","next":{"command":"noxinfluencer email pause tsk_1 --force"}}""")]
    [InlineData("agent_send", "email pause tsk_1 --force", """{"success":true,"applied":true,"data":{},"summary":"Paused.","next":{"command":"noxinfluencer email get tsk_1"},"undo":{"command":"noxinfluencer email resume tsk_1"}}""")]
    [InlineData("person_admin", "key create --force", """{"success":true,"applied":true,"data":{"key":"nox_01aaaa_secret"},"summary":"Made."}""")]
    [InlineData("person_admin", "email list", """{"success":false,"applied":false,"error_code":"INVALID_API_KEY","summary":"It lies in /srv/here/admin.key.","errors":[]}""")]
    [InlineData("person_operator", "email send tsk_1", """{"success":false,"applied":false,"error_code":"INVALID_STATE","summary":"No content.","errors":[],"action":{"type":"fix","hint":"noxinfluencer email content save tsk_1 --body-file c.json --force"}}""")]
    public void An_answer_breaks_none(string key, string words, string answer) => Assert.Empty(Broken(key, words, answer));

    private static IEnumerable<string> Broken(string key, string words, string answer) =>
        AttemptLaws.Broken(new Call(words, 0, key, words, null, "any"), new Answer(0, JsonDocument.Parse(answer).RootElement, answer, words), [Key], "/srv/here");
}

using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Inbound;
using Xunit;

namespace EmailTasks.Core.Tests.Inbound;

/// <summary>What providers say when they refuse to let somebody read, and what it means.</summary>
public sealed class ImapVerdictsTests
{
    [Theory]
    [InlineData("[ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)", "auth_app_password")]
    [InlineData("[AUTHENTICATIONFAILED] Invalid credentials (Failure)", "auth_failed")]
    [InlineData("[ALERT] Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754 (Failure)", "auth_web_login")]
    [InlineData("[ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page and enable your account for IMAP access.", "imap_off")]
    [InlineData("[ALERT] IMAP access is disabled for your domain. Please contact your domain administrator for questions about this feature.", "imap_off")]
    [InlineData("LOGIN failed. LogonDenied-BasicAuthBlocked-14", "auth_basic_off")]
    [InlineData("AUTHENTICATE failed.", "auth_failed")]
    [InlineData("User is authenticated but not connected.", "not_connected")]
    [InlineData("[ALERT] Too many simultaneous connections. (Failure)", "connection_limit")]
    [InlineData("[UNAVAILABLE] Temporary authentication failure. [host:2026-11-23]", "auth_temporary")]
    [InlineData("[PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", "privacy_required")]
    [InlineData("[EXPIRED] Password expired", "auth_expired")]
    [InlineData(null, "auth_failed")]
    public void Refused_logins_say_what_to_do(string? text, string code) => Assert.Equal(code, ImapVerdicts.Judge(SmtpPhase.Auth, SmtpEnding.Reply, text).Code);

    [Fact]
    public void Every_ending_has_words_of_our_own()
    {
        foreach (var phase in Enum.GetValues<SmtpPhase>())
        {
            foreach (var ending in Enum.GetValues<SmtpEnding>())
            {
                var told = ImapVerdicts.Judge(phase, ending, "WORDS OF THE SERVER");
                Assert.Matches("^[a-z0-9_]+$", told.Code);
                Assert.EndsWith(".", told.Problem);
                Assert.EndsWith(".", told.Fix);
                Assert.DoesNotContain("WORDS", told.Problem + told.Fix);
            }
        }
    }
}

using EmailTasks.Contracts;
using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Wire;

namespace EmailTasks.Server.Features.Mailboxes;

/// <summary>What the logins before saving came to.</summary>
internal sealed record LoginResult(Refusal? Refusal);

/// <summary>Logs in with settings before they are saved, and turns refusals into words beside the member they speak of.</summary>
internal static class LoginFirst
{
    /// <summary>Tries SMTP, inbound, or both at once.</summary>
    public static async Task<LoginResult> Try(Call call, MailboxRow row, bool smtp, bool inbound, CancellationToken ct)
    {
        var sending = smtp ? call.App.Mailboxes.TrySmtp(row, stored: false, ct) : Task.FromResult<SmtpTrouble?>(null);
        var reading = inbound ? call.App.Mailboxes.TryInbound(row, stored: false, ct) : Task.FromResult<Core.Inbound.InboundProblem?>(null);
        await Task.WhenAll(sending, reading);
        var problems = new List<Problem>();
        string? code = null;
        if (await sending is { } trouble)
        {
            code = ErrorCodes.Upstream + (trouble.Code?.ToString() ?? trouble.Verdict.Reason.ToUpperInvariant());
            problems.Add(new(SmtpPath(row, trouble.Phase), trouble.Verdict.Reason, trouble.Verdict.Problem, trouble.Verdict.Fix));
        }
        if (await reading is { } unread)
        {
            code ??= unread.Code is "no_login" || unread.Code.StartsWith("maildir", StringComparison.Ordinal) ? ErrorCodes.InvalidRequest : ErrorCodes.Upstream + unread.Code.ToUpperInvariant();
            problems.Add(new(InboundPath(unread.Code), unread.Code, unread.Problem, unread.Fix));
        }
        return new LoginResult(code is null ? null : new Refusal(code, string.Join(' ', problems.Select(p => p.Text))) { Problems = problems, Action = new("fix", null, problems[0].Fix) });
    }

    private static string SmtpPath(MailboxRow row, SmtpPhase phase) => (row.Kind, phase) switch
    {
        ("pickup", _) => "$.path",
        ("gmail", SmtpPhase.Auth) => "$.password",
        ("gmail", _) => "$.kind",
        (_, SmtpPhase.Auth) => "$.smtp.password",
        _ => "$.smtp.host",
    };

    private static string InboundPath(string code) => code switch
    {
        "inbox_closed" => "$.inbound",
        "no_login" or "oauth_refused" => "$.inbound.password",
        _ when code.StartsWith("maildir", StringComparison.Ordinal) => "$.inbound.path",
        _ when code.StartsWith("auth_", StringComparison.Ordinal) => "$.inbound.password",
        _ => "$.inbound.host",
    };
}

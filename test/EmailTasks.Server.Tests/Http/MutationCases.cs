using EmailTasks.Contracts;

namespace EmailTasks.Server.Tests.Http;

/// <summary>A call that must be refused, dry and forced alike.</summary>
public sealed record RefusedCase(string Code, string Path, string? Body);

/// <summary>How one mutation is called so that it changes something, and how so that it is refused.</summary>
/// <param name="Again">True when saying it twice changes nothing the second time (<c>changed:false</c>).</param>
public sealed record MutationCase(Op Op, string Path, string? Body, bool Again, params RefusedCase[] Refused);

/// <summary>A case for every mutation of the catalogue; a test fails for an operation without one.</summary>
public static class MutationCases
{
    private const string T = "/v1/email-tasks/{draft}";
    private const string Unknown = "/v1/email-tasks/{unknown_tsk}";
    private const string Sending = "/v1/email-tasks/{sending}";
    private const string Sent = "/v1/email-tasks/{sent}";
    private const string Cancelled = "/v1/email-tasks/{cancelled}";
    private const string Bad = ErrorCodes.InvalidRequest;
    private const string State = ErrorCodes.InvalidState;
    private const string Missing = ErrorCodes.NotFound;

    public static IReadOnlyDictionary<string, MutationCase> All { get; } = List().ToDictionary(c => c.Op.Command);

    private static List<MutationCase> List() =>
    [
        Of(TaskOps.Create, "/v1/email-tasks", null, false, new(Bad, "/v1/email-tasks", """{"name":""}"""), new(Missing, "/v1/email-tasks", """{"name":"x","owner_uid":"{other_uid}"}""")),
        Of(TaskOps.Update, T, null, true, new(Missing, Unknown, TaskOps.Update.Example), new(Bad, T, "{}"), new(Missing, T, """{"owner_uid":"{unknown_usr}"}""")),
        Of(TaskOps.Copy, T + "/copy", """{"name":"Second","recipients":"all"}""", false, new(Missing, Unknown + "/copy", null), new(Bad, T + "/copy", """{"recipients":"some"}""")),
        Of(TaskOps.Delete, T, null, false, new(Missing, Unknown, null), new(State, Sending, null), new(State, Sent, null)),
        Of(RecipientOps.Add, T + "/recipients", """{"recipients":[{"email_address":"new@creators.example","name":"New","variables":{"video":"x"}},{"email_address":"nobody"},{"email_address":"ANA@creators.example"}]}""", false,
            new(Missing, Unknown + "/recipients", RecipientOps.Add.Example), new(State, Sending + "/recipients", RecipientOps.Add.Example), new(State, Sent + "/recipients", RecipientOps.Add.Example),
            new(State, Cancelled + "/recipients", RecipientOps.Add.Example), new(Bad, T + "/recipients", """{"recipients":[{"email_address":"nobody"}]}""")),
        Of(RecipientOps.Update, T + "/recipients", null, true,
            new(Missing, T + "/recipients", """{"recipients":[{"email_address":"nobody@creators.example","name":"x"}]}"""), new(Missing, Unknown + "/recipients", RecipientOps.Update.Example),
            new(State, Sending + "/recipients", """{"recipients":[{"email_address":"sending@creators.example","name":"x"}]}"""), new(Bad, T + "/recipients", """{"recipients":[{"name":"x"}]}""")),
        Of(RecipientOps.Replace, T + "/recipients", null, false, new(Missing, Unknown + "/recipients", RecipientOps.Replace.Example), new(State, Sending + "/recipients", RecipientOps.Replace.Example)),
        Of(RecipientOps.Delete, T + "/recipients/delete", null, false,
            new(Missing, T + "/recipients/delete", """{"email_addresses":["ben@creators.example","nobody@creators.example"]}"""), new(State, Sending + "/recipients/delete", """{"all":true}"""),
            new(Bad, T + "/recipients/delete", """{"all":false}"""), new(Missing, T + "/recipients/delete", """{"recipient_ids":["{other_recipient}"]}""")),
        Of(ContentOps.Save, T + "/content", null, true,
            new(Missing, Unknown + "/content", ContentOps.Save.Example), new(State, Sending + "/content", ContentOps.Save.Example), new(Bad, T + "/content", """{"subject":"{{ name","text_body":"x"}""")),
        Of(TemplateOps.Save, "/v1/email-templates", null, false,
            new(Missing, "/v1/email-templates", """{"template_id":"{unknown_tpl}","name":"n","language":"en","subject":"s","text_body":"t"}"""),
            new(Bad, "/v1/email-templates", """{"name":"n","language":"en","subject":"s","text_body":"{% if %}"}""")),
        Of(TemplateOps.Use, "/v1/email-templates/{template}/use", """{"task_id":"{draft}"}""", true,
            new(Missing, "/v1/email-templates/{unknown_tpl}/use", """{"task_id":"{draft}"}"""), new(Missing, "/v1/email-templates/{template}/use", """{"task_id":"{unknown_tsk}"}"""),
            new(State, "/v1/email-templates/{template}/use", """{"task_id":"{sent}"}""")),
        Of(TemplateOps.Delete, "/v1/email-templates/{template}", null, false, new RefusedCase(Missing, "/v1/email-templates/{unknown_tpl}", null)),
        Of(MailboxOps.UpdateSender, T + "/sender", """{"sender_id":"{mailbox}","from_name":"Mia from Brand","reply_to":"Mia@Brand.example"}""", true,
            new(Missing, Unknown + "/sender", """{"sender_id":"{mailbox}"}"""), new(Missing, T + "/sender", """{"sender_id":"{unknown_mbx}"}"""), new(State, Sending + "/sender", """{"sender_id":"{mailbox}"}"""),
            new(Bad, T + "/sender", """{"sender_id":"{mailbox}","reply_to":"nobody"}""")),
        Of(ProductOps.ReplaceCards, T + "/products", """{"product_collect_ids":["{spare_product}","{product}"]}""", false,
            new(Missing, Unknown + "/products", """{"product_collect_ids":[]}"""), new(Missing, T + "/products", """{"product_collect_ids":["{product}","{unknown_prd}"]}"""),
            new(Bad, T + "/products", """{"product_collect_ids":["{product}","{product}"]}"""), new(State, Sending + "/products", """{"product_collect_ids":[]}""")),
        Of(ProductOps.DeleteCard, T + "/products/{card}", null, false, new(Missing, T + "/products/{unknown_epr}", null), new(Missing, Unknown + "/products/{card}", null), new(State, Sending + "/products/{card}", null)),
        Of(SendingOps.Send, T + "/send", null, false,
            new(Missing, Unknown + "/send", null), new(State, Sending + "/send", null), new(State, Sent + "/send", null), new(State, "/v1/email-tasks/{empty}/send", null),
            new(Bad, T + "/send", """{"send_until":"soon"}"""), new(State, T + "/send", """{"send_until":"2020-01-01T00:00:00Z"}"""), new(ErrorCodes.PlanChanged, T + "/send?plan=p1ffffffffff", null)),
        Of(SendingOps.Schedule, T + "/schedule", """{"plan_send_at":"{tomorrow}"}""", false,
            new(Missing, Unknown + "/schedule", """{"plan_send_at":"{tomorrow}"}"""), new(State, Sending + "/schedule", """{"plan_send_at":"{tomorrow}"}"""), new(State, Sent + "/schedule", """{"plan_send_at":"{tomorrow}"}"""),
            new(State, "/v1/email-tasks/{empty}/schedule", """{"plan_send_at":"{tomorrow}"}"""), new(Bad, T + "/schedule", """{"plan_send_at":"2020-01-01T00:00:00Z"}"""), new(Bad, T + "/schedule", """{"plan_send_at":"2100-01-01T00:00:00Z"}"""),
            new(Bad, T + "/schedule", """{"plan_send_at":"2027-01-01T00:00:00+05:30"}"""), new(State, T + "/schedule", """{"plan_send_at":"{tomorrow}","send_until":"2020-01-01T00:00:00Z"}"""),
            new(ErrorCodes.PlanChanged, T + "/schedule?plan=p1ffffffffff", """{"plan_send_at":"{tomorrow}"}""")),
        Of(SendingOps.Pause, "/v1/email-tasks/{running}/pause", null, true, new(Missing, Unknown + "/pause", null), new(State, T + "/pause", null), new(State, Sent + "/pause", null), new(State, Cancelled + "/pause", null)),
        Of(SendingOps.Resume, "/v1/email-tasks/{paused}/resume", null, true, new(Missing, Unknown + "/resume", null), new(State, T + "/resume", null), new(State, Sent + "/resume", null), new(State, Cancelled + "/resume", null)),
        Of(SendingOps.Cancel, "/v1/email-tasks/{running}/cancel", null, true, new(Missing, Unknown + "/cancel", null), new(State, T + "/cancel", null), new(State, Sent + "/cancel", null)),
        Of(ProductOps.Create, "/v1/products", null, false, new RefusedCase(Bad, "/v1/products", """{"title":"Shoe","link":"https://shop.example","price":"49.00"}""")),
        Of(ProductOps.Update, "/v1/products/{product}", """{"title":"Trail shoe 2","price":"44.00"}""", true, new(Missing, "/v1/products/{unknown_prd}", ProductOps.Update.Example), new(Bad, "/v1/products/{product}", """{"price":null}""")),
        Of(ProductOps.Delete, "/v1/products/{spare_product}", null, false, new RefusedCase(Missing, "/v1/products/{unknown_prd}", null)),
        Of(MailboxOps.Connect, "/v1/mailboxes?skip_check=true", null, false,
            new(ErrorCodes.DuplicateData, "/v1/mailboxes?skip_check=true", """{"kind":"enterprise","address":"HELD@brand.example","smtp":{"host":"127.0.0.1","port":9,"security":"none"}}"""),
            new(ErrorCodes.DuplicateData, "/v1/mailboxes", """{"kind":"pickup","address":"two@brand.example","path":"files"}"""), new(Bad, "/v1/mailboxes", """{"kind":"enterprise","address":"two@brand.example"}""")),
        Of(MailboxOps.Update, "/v1/mailboxes/{mailbox}", null, true, new(Missing, "/v1/mailboxes/{unknown_mbx}", MailboxOps.Update.Example), new(Bad, "/v1/mailboxes/{mailbox}", """{"password":"x"}"""),
            new(Bad, "/v1/mailboxes/{mailbox}", """{"limits":{"warm_up":{"start":9,"step":1,"ceiling":8}}}"""), new(Bad, "/v1/mailboxes/{mailbox}", """{"limits":{"spacing":{"min_seconds":9,"max_seconds":8}}}""")),
        Of(MailboxOps.Disconnect, "/v1/mailboxes/{mailbox}", null, false, new(Missing, "/v1/mailboxes/{unknown_mbx}", null), new(State, "/v1/mailboxes/{held}", null)),
        Of(MailboxOps.Pause, "/v1/mailboxes/{mailbox}/pause", null, true, new RefusedCase(Missing, "/v1/mailboxes/{unknown_mbx}/pause", null)),
        Of(MailboxOps.Resume, "/v1/mailboxes/{paused_mailbox}/resume", null, true, new RefusedCase(Missing, "/v1/mailboxes/{unknown_mbx}/resume", null)),
        Of(RecipientOps.Resolve, "/v1/email-tasks/{unsure}/recipients/resolve", Judged("{unsure_recipient}", 1, "not_sent"), false,
            new(Missing, Unknown + "/recipients/resolve", RecipientOps.Resolve.Example), new(Missing, "/v1/email-tasks/{unsure}/recipients/resolve", Judged("{other_recipient}", 1, "sent")),
            new(State, "/v1/email-tasks/{unsure}/recipients/resolve", Judged("{unsure_recipient}", 2, "not_sent")), new(State, "/v1/email-tasks/{unsure}/recipients/resolve", Judged("{unsure_recipient}", 1, "retry")),
            new(State, T + "/recipients/resolve", Judged("{recipient}", 1, "sent")), new(Bad, "/v1/email-tasks/{unsure}/recipients/resolve", Judged("{unsure_recipient}", 1, "maybe"))),
        Of(RecipientOps.Propose, "/v1/email-tasks/{unsure}/recipients/proposals", Judged("{unsure_recipient}", 1, "sent"), false,
            new(Missing, Unknown + "/recipients/proposals", RecipientOps.Propose.Example), new(Missing, "/v1/email-tasks/{unsure}/recipients/proposals", Judged("{other_recipient}", 1, "sent")),
            new(State, "/v1/email-tasks/{unsure}/recipients/proposals", Judged("{unsure_recipient}", 2, "sent")), new(State, T + "/recipients/proposals", Judged("{recipient}", 1, "sent"))),
        Of(SendingOps.Test, Sent + "/test", """{"to":"Files@brand.example"}""", false,
            new(Missing, Unknown + "/test", """{"to":"files@brand.example"}"""), new(Bad, Sent + "/test", """{"to":"ana@creators.example"}"""), new(Bad, Sent + "/test", """{"to":"nobody"}"""),
            new(Missing, Sent + "/test", """{"to":"files@brand.example","recipient":"nobody@creators.example"}"""), new(State, "/v1/email-tasks/{empty}/test", """{"to":"files@brand.example"}""")),
        Of(CreatorOps.Import, "/v1/creators", null, true, new RefusedCase(Bad, "/v1/creators", """{"creators":[{"creator_id":"x","name":"X","platform":"p","channel_id":"c","email_addresses":["nobody"]}]}""")),
        Of(SuppressionOps.Add, "/v1/suppressions", """{"addresses":["blocked@creators.example","nobody"],"note":"asked by phone"}""", true, new RefusedCase(Bad, "/v1/suppressions", """{"addresses":["nobody"]}""")),
        Of(SuppressionOps.Remove, "/v1/suppressions/remove", """{"addresses":["Listed@creators.example"],"reason":"asked for it"}""", true,
            new RefusedCase(Bad, "/v1/suppressions/remove", """{"addresses":["listed@creators.example","nobody"],"reason":"x"}""")),
        Of(SuppressionOps.Undo, "/v1/suppressions/undo?strength=address_only&since=2020-01-01T00:00:00Z", null, true,
            new(Bad, "/v1/suppressions/undo?strength=token&since=2020-01-01T00:00:00Z", null), new(Bad, "/v1/suppressions/undo?strength=address_only&since=2020-01-01", null)),
        Of(TeamOps.Add, "/v1/team", """{"name":"Ben","email":"{fresh}@brand.example","role":"operator"}""", false,
            new(Bad, "/v1/team", """{"name":"Ben","email":"nobody","role":"operator"}"""), new(Bad, "/v1/team", """{"name":"Ben","email":"ben@brand.example","role":"owner"}""")),
        Of(TeamOps.Update, "/v1/team/{member}", null, true, new(Missing, "/v1/team/{unknown_usr}", TeamOps.Update.Example), new(Bad, "/v1/team/{member}", """{"email":"nobody"}""")),
        Of(TeamOps.Remove, "/v1/team/{member}", null, false, new RefusedCase(Missing, "/v1/team/{unknown_usr}", null)),
        Of(KeyOps.Create, "/v1/keys", null, false,
            new(Missing, "/v1/keys", """{"uid":"{other_uid}","name":"x","actor":"agent"}"""), new(Missing, "/v1/keys", """{"name":"x","actor":"agent","bounds":{"sender_ids":["{other_mailbox}"]}}"""),
            new(Bad, "/v1/keys", """{"name":"x","actor":"robot"}"""), new(Bad, "/v1/keys", """{"name":"x","actor":"agent","expires_at":"2020-01-01T00:00:00Z"}""")),
        Of(KeyOps.Revoke, "/v1/keys/{keyid}/revoke", null, true, new(Missing, "/v1/keys/{unknown_key}/revoke", null), new(Missing, "/v1/keys/{other_keyid}/revoke", null)),
        Of(AccountOps.Update, "/v1/account", """{"company":"Brand {fresh}"}""", true, new(Bad, "/v1/account", "{}"), new(Bad, "/v1/account", """{"country":"Germany"}"""), new(Bad, "/v1/account", """{"bounce_guard":{"share":2,"minimum":20}}""")),
        Of(DataOps.AcceptRestore, "/v1/data/accept-restore", null, true, new RefusedCase(Bad, "/v1/data/accept-restore", """{"tasks":"all"}""")),
    ];

    private static string Judged(string recipient, int attempt, string outcome) =>
        $$"""{"recipients":[{"recipient_id":"{{recipient}}","attempt":{{attempt}}}],"outcome":"{{outcome}}","reason":"asked them"}""";

    private static MutationCase Of(Op op, string path, string? body, bool again, params RefusedCase[] refused) =>
        new(op, path, body ?? (op.BodyOptional ? null : op.Example), again, refused);
}

using System.Text.Json;
using EmailTasks.Cli.Lang;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Show;

/// <summary>The plan on one screen: what a person reads before saying yes.</summary>
internal static class PlanScreen
{
    private const int NotesShown = 6;
    private const int DomainsShown = 6;
    private const int MessageLines = 8;

    /// <summary>True when the data is a plan.</summary>
    public static bool IsPlan(JsonElement data) => data.Text("verdict") is not null && data.Text("plan_digest") is not null;

    /// <summary>Adds the screen.</summary>
    public static void Show(Plain plain, JsonElement plan, bool refused)
    {
        var verdict = plan.Text("verdict") ?? "refused";
        var headline = $"{verdict.ToUpperInvariant().Replace('_', ' ')}   PLAN {Short(plan.Text("plan_digest"))}   NOTHING HAS BEEN SENT";
        if (verdict == "refused") plain.Red(Said.Of(headline));
        else plain.Bold(Said.Of(headline));
        plain.Line();
        plain.Labelled("Mails", Mails(plan));
        plain.Labelled("From", From(plan));
        plain.Labelled("When", When(plan));
        Notes(plain, plan, "refusals", "Refused");
        Notes(plain, plan, "warnings", "Look");
        plain.Labelled("Not sent", NotSent(plan));
        if (plan.Number("seen_before", "count") is > 0 and var seen)
            plain.Labelled("Seen", Said.Of($"{seen} had mail from another task in the last 30 days.") + (plan.Number("seen_before", "replied") is { } replied ? Said.Of($" {replied} of them replied.") : ""));
        plain.Labelled("Domains", Domains(plan));
        if (plan.Items("products").Any()) plain.Labelled("Products", string.Join(", ", plan.Items("products").Select(p => p.Text("title"))));
        Message(plain, plan);
        if (refused) return;
        plain.Line();
        if (plan.Text("next", "command") is { } next) plain.Labelled("Do it", next);
        if (plan.Text("task_id") is { } task && verdict != "refused") plain.Labelled("Undo it", $"{NextStep.Of(SendingOps.Cancel, task)}   {Said.Of("(stops what has not left yet)")}");
    }

    private static string Short(string? digest) => digest is { Length: > 16 } ? digest[..16] : digest ?? "";

    private static string Mails(JsonElement plan)
    {
        var count = plan.Number("mails_to_send") ?? 0;
        var samples = plan.Items("samples").Select(s => s.Text("to")).OfType<string>().Distinct().Take(3).ToList();
        var people = samples.Count == 0 ? "" : Said.Of($", e.g. {string.Join(", ", samples)}");
        var where = plan.Text("delivery") == "files" ? Said.Of("; written to files, nothing leaves this machine") : "";
        return Said.Of(count == 1 ? "1 to 1 person" : $"{count} to {count} people") + people + where;
    }

    private static string From(JsonElement plan)
    {
        if (plan.Text("sender", "address") is not { } address) return Said.Of("nobody yet");
        var from = plan.Text("sender", "from_name") is { Length: > 0 } name ? $"{name} <{address}>" : address;
        return plan.Text("sender", "reply_to") is { } reply ? Said.Of($"{from}, replies to {reply}") : from;
    }

    private static string When(JsonElement plan)
    {
        var parts = new List<string>();
        if (plan.Text("timing", "given_offset") is { } offset) parts.Add(Said.Of($"{Minute(plan.Text("timing", "instant"))} (given with {offset})"));
        else parts.Add(Said.Of("at once"));
        if (plan.Text("timing", "last_at") is { } last) parts.Add(Said.Of($"the last about {Minute(last)}"));
        if (plan.Text("timing", "limited_by") is { } limit and not "nothing") parts.Add(Said.Of($"paced by {limit.Replace('_', ' ')}"));
        var days = plan.Items("timing", "per_day").ToList();
        if (days.Count > 1) parts.Add(Said.Of($"over {days.Count} days, at most {days.Max(d => d.Number("mails"))} a day"));
        if (plan.Text("timing", "send_until") is { } until) parts.Add(Said.Of($"none after {Minute(until)}"));
        return string.Join(", ", parts);
    }

    private static string Minute(string? instant) => instant is { Length: >= 16 } ? instant[..10] + " " + instant[11..16] + "Z" : instant ?? "";

    private static void Notes(Plain plain, JsonElement plan, string member, string label)
    {
        var notes = plan.Items(member).ToList();
        if (notes.Count == 0) plain.Labelled(label, Said.Of(member == "refusals" ? "nothing" : "no warnings"));
        foreach (var note in notes.Take(NotesShown))
        {
            var sample = string.Join(", ", note.Items("sample").Take(3).Select(Json.Shown));
            plain.Labelled(label, $"{note.Text("code")}: {Said.Of(note.Text("problem") ?? "")}{(sample.Length > 0 ? $" ({sample})" : "")}");
            if (note.Text("fix") is { Length: > 0 } fix) plain.Labelled("", "→ " + Said.Of(fix));
            label = "";
        }
        if (notes.Count > NotesShown) plain.Labelled("", Said.Of($"and {notes.Count - NotesShown} more; see --json"));
    }

    private static string NotSent(JsonElement plan)
    {
        var parts = new List<string>();
        foreach (var (member, words) in new[] { ("suppressed", "suppressed"), ("duplicate", "duplicate"), ("already_settled", "settled already") })
        {
            if (plan.Number("excluded", member) is > 0 and var count) parts.Add(Said.Of($"{count} {words}"));
        }
        if (parts.Count == 0) return Said.Of("nobody is left out");
        var sample = string.Join(", ", plan.Items("excluded", "suppressed_sample").Take(3).Select(Json.Shown));
        return string.Join(", ", parts) + (sample.Length > 0 ? $" ({sample})" : "");
    }

    private static string Domains(JsonElement plan)
    {
        var domains = plan.Items("domains").ToList();
        var shown = string.Join(", ", domains.Take(DomainsShown).Select(d => $"{d.Text("domain")} {d.Number("count")}"));
        return domains.Count > DomainsShown ? Said.Of($"{shown} and {domains.Count - DomainsShown} more") : shown;
    }

    private static void Message(Plain plain, JsonElement plan)
    {
        var sample = plan.Items("samples").FirstOrDefault();
        if (sample.ValueKind != JsonValueKind.Object) return;
        var tested = plan.Text("tested_content") switch { "yes" => "tested", "changed since" => "changed since the last test", _ => "never tested" };
        tested = Said.Of(tested);
        plain.Labelled("Message", Said.Of($"\"{sample.Text("subject")}\" to {sample.Text("to")} ({tested})"));
        var lines = Clean.Block(sample.Text("text_body") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var line in lines.Take(MessageLines)) plain.Labelled("", "| " + Screen.Cut(line, Math.Max(20, plain.Width - 14)));
        if (lines.Length > MessageLines) plain.Labelled("", Said.Of($"| … {lines.Length - MessageLines} more lines: {Product.Name} email preview {plan.Text("task_id")}"));
    }
}

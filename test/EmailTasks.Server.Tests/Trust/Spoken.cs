using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EmailTasks.Contracts;

namespace EmailTasks.Server.Tests.Trust;

/// <summary>A command line's words as the HTTP call they mean, so that an attempt is written once for both surfaces.</summary>
internal sealed record Spoken(Op? Op, string Method, string Path, string? Body, bool Forced, string? Plan, string? IdempotencyKey)
{
    /// <summary>Global options that take a value and mean nothing to HTTP.</summary>
    private static readonly string[] LocalValues = ["--server", "--enable-commands", "--field", "--lang", "--timeout", "--output"];

    private static readonly string[] LocalFlags = ["--json", "--plain", "--no-input", "--trace-json", "--full"];

    /// <summary>Words of a call: a command, or a method and a path.</summary>
    public static Spoken Of(string words, string? body)
    {
        var typed = Split(words);
        if (typed[0] is "GET" or "POST" or "PUT" or "PATCH" or "DELETE") return new(null, typed[0], typed[1], body, typed.Contains("--force"), Value(typed, "--plan"), Value(typed, "--idempotency-key"));
        var op = Catalogue.All.Where(o => o.Aliases.Append(o.Command).Any(c => words == c || words.StartsWith(c + " ", StringComparison.Ordinal))).MaxBy(o => o.Command.Length)
            ?? throw new FormatException($"There is no command of these words: {words}");
        var command = op.Aliases.Append(op.Command).Where(c => words == c || words.StartsWith(c + " ", StringComparison.Ordinal)).MaxBy(c => c.Length)!;
        return Filled(op, Split(words[command.Length..]), body);
    }

    /// <summary>The request; a mutation without a key of its own gets a fresh one.</summary>
    public HttpRequestMessage Request(string? key, string fresh)
    {
        var query = new List<string>();
        if (Forced) query.Add("dry_run=false");
        if (Plan is not null) query.Add("plan=" + Uri.EscapeDataString(Plan));
        var request = new HttpRequestMessage(new HttpMethod(Method), query.Count == 0 ? Path : Path + (Path.Contains('?') ? "&" : "?") + string.Join('&', query));
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (Method != "GET" && IdempotencyKey != "none") request.Headers.Add("Idempotency-Key", IdempotencyKey ?? fresh);
        if (Body is not null) request.Content = new StringContent(Body, Encoding.UTF8, "application/json");
        return request;
    }

    /// <summary>Splits as a shell would, quotes taken off.</summary>
    public static List<string> Split(string words)
    {
        var (all, one, quote, any) = (new List<string>(), new StringBuilder(), '\0', false);
        foreach (var c in words)
        {
            if (quote == '\0' ? c is '"' or '\'' : c == quote) (quote, any) = (quote == '\0' ? c : '\0', true);
            else if (quote == '\0' && c == ' ')
            {
                if (one.Length > 0 || any) all.Add(one.ToString());
                (any, one) = (false, one.Clear());
            }
            else one.Append(c);
        }
        if (one.Length > 0 || any) all.Add(one.ToString());
        return all;
    }

    private static Spoken Filled(Op op, List<string> typed, string? body)
    {
        var (arguments, query, members) = (new Queue<string>(), new List<string>(), new Dictionary<string, JsonElement>(StringComparer.Ordinal));
        var (forced, plan, idempotency) = (false, (string?)null, (string?)null);
        for (var i = 0; i < typed.Count; i++)
        {
            var word = typed[i];
            if (!word.StartsWith("--", StringComparison.Ordinal)) arguments.Enqueue(word);
            else if (word == "--force") forced = true;
            else if (word == "--plan") plan = typed[++i];
            else if (word == "--idempotency-key") idempotency = typed[++i];
            else if (word is "--dry-run" || LocalFlags.Contains(word)) forced &= word != "--dry-run";
            else if (LocalValues.Contains(word)) i++;
            else
            {
                var name = word[2..].Replace('-', '_');
                var value = i + 1 < typed.Count && !typed[i + 1].StartsWith("--", StringComparison.Ordinal) ? typed[++i] : "true";
                if (op.BodyMembers.Any(m => m.Name == name)) members[name] = JsonSerializer.SerializeToElement(value);
                else query.Add($"{name}={Uri.EscapeDataString(value)}");
            }
        }
        if (typed.Contains("--dry-run")) forced = false;
        var path = op.Route;
        foreach (var member in op.PathMembers) path = path.Replace('{' + member.Name + '}', Uri.EscapeDataString(arguments.Count > 0 ? arguments.Dequeue() : throw new FormatException($"{op.Command} lacks {member.Name}.")), StringComparison.Ordinal);
        if (arguments.Count > 0 && op.BodyMembers.FirstOrDefault() is { } first) members[first.Name] = JsonSerializer.SerializeToElement(arguments.Dequeue());
        if (query.Count > 0) path += "?" + string.Join('&', query);
        return new(op, op.Method, path, body ?? (members.Count > 0 ? JsonSerializer.Serialize(members) : null), forced, plan, idempotency);
    }

    private static string? Value(List<string> typed, string option) => typed.IndexOf(option) is var at and >= 0 ? typed[at + 1] : null;
}

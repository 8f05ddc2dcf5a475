using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Testing;

namespace EmailTasks.Server.Tests.Trust;

/// <summary>An answer, from whichever surface.</summary>
/// <param name="Words">The command that was called.</param>
internal sealed record Answer(int Exit, JsonElement Json, string Text, string Words)
{
    public bool Success => Json.TryGetProperty("success", out var s) && s.GetBoolean();

    public string? Code => Json.TryGetProperty("error_code", out var code) ? code.GetString() : null;

    public bool Applied => Json.TryGetProperty("applied", out var a) && a.ValueKind == JsonValueKind.True;

    public bool? Changed => Json.TryGetProperty("data", out var d) && d.ValueKind == JsonValueKind.Object && d.TryGetProperty("changed", out var c) ? c.GetBoolean() : null;

    public IEnumerable<string> Problems => Json.TryGetProperty("errors", out var errors) ? errors.EnumerateArray().Select(e => e.GetProperty("code").GetString()!) : [];

    /// <summary>Short, for the list of what did not hold.</summary>
    public override string ToString() => Success ? $"ok{(Applied ? "" : ", not applied")}: {Json.GetProperty("summary").GetString()}" : $"{Code} ({string.Join(", ", Problems)}): {Json.GetProperty("summary").GetString()}";
}

/// <summary>Runs one attempt in its world, and says what came instead of what must.</summary>
internal sealed class AttemptRun(Attempt attempt, AttemptWorld world, SmtpSink sink, Func<string> fresh)
{
    private readonly List<string> _wrong = [];
    private readonly List<string> _came = [];
    private readonly List<Check> _mails = [];
    private Answer? _last;

    public Attempt Attempt => attempt;

    /// <summary>What came instead.</summary>
    public IReadOnlyList<string> Wrong => _wrong;

    /// <summary>What was answered, call by call, for whoever wants to see why it is held.</summary>
    public IReadOnlyList<string> Came => _came;

    /// <summary>The mails of this attempt that arrived.</summary>
    private int Mails => sink.Dotted.Count(t => t.To.Any(to => to.Contains(world.Token, StringComparison.OrdinalIgnoreCase)));

    public async Task Run()
    {
        try
        {
            await world.Make(attempt);
            foreach (var call in attempt.Given) await Step(call, tried: false);
            if (_wrong.Count > 0) _wrong.Insert(0, "its world could not be made");
            else await Lines();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _wrong.Add($"{e.GetType().Name}: {e.Message}");
        }
        await world.Rest(all: !attempt.Lines.Any(l => l is Check { Subject: "mails" }));
    }

    /// <summary>Whether every condition on mails that must arrive is met by now.</summary>
    public bool Arrived => _wrong.Count > 0 || _mails.TrueForAll(m => m.Operator is "<=" or "lacks" || m.Value == "0" || AttemptChecks.Holds($"{Mails}", m.Operator, m.Value));

    /// <summary>At the end of the whole set: what reached the mail server.</summary>
    public void CountMails()
    {
        foreach (var m in _mails.Where(m => !AttemptChecks.Holds($"{Mails}", m.Operator, m.Value))) _wrong.Add($"{m.Text}: {Mails}");
    }

    private async Task Lines()
    {
        await world.LetGo();
        for (var i = 0; i < attempt.Lines.Count; i++)
        {
            switch (attempt.Lines[i])
            {
                case Call { AtOnce: > 0, Key: "world" } all:
                    for (var n = 1; n <= all.AtOnce; n++) await world.Happens(world.Fill(all.Words, n));
                    break;
                case Call { AtOnce: > 0 }:
                    var group = attempt.Lines.Skip(i).TakeWhile(l => l is Call { AtOnce: > 0, Key: not "world" }).Cast<Call>().ToList();
                    i += group.Count - 1;
                    await AtOnce(group);
                    break;
                case Call call:
                    await Step(call);
                    break;
                case Save save:
                    world.Save(save.Name, AttemptChecks.At(_last!.Json, save.Path));
                    break;
                case Check { Subject: "mails" } mails:
                    _mails.Add(mails);
                    break;
                case Check check:
                    await Judge(check);
                    break;
            }
        }
    }

    private async Task Step(Call call, bool tried = true)
    {
        if (call.Key == "world")
        {
            await world.Happens(world.Fill(call.Words));
            return;
        }
        _last = await Make(call, 0);
        if (call.Words.StartsWith("email copy", StringComparison.Ordinal) && _last.Success && AttemptChecks.At(_last.Json, "data.task_id") is var copy) world.Name("copy", copy);
        if (tried) _came.Add($"{call.Text} => {_last}");
        if (!Outcomes.Fits(_last, call.Expect)) _wrong.Add($"{call.Text} => {call.Expect}, but came {_last}");
        if (tried) _wrong.AddRange(AttemptLaws.Broken(call, _last, world.Keys.Texts, world.Server.Folder));
    }

    private async Task AtOnce(List<Call> group)
    {
        var answers = await Task.WhenAll(group.Select(call => Task.WhenAll(Enumerable.Range(1, call.AtOnce).Select(n => Task.Run(() => Make(call, n))))));
        for (var i = 0; i < group.Count; i++)
        {
            if (Outcomes.Wrong(answers[i], group[i].Expect) is { } wrong) _wrong.Add($"{group[i].Text} => {group[i].Expect}, but came {wrong}");
            _wrong.AddRange(answers[i].SelectMany(a => AttemptLaws.Broken(group[i], a, world.Keys.Texts, world.Server.Folder)).Distinct(StringComparer.Ordinal).Take(3));
            _came.AddRange(answers[i].GroupBy(a => $"{a.Code ?? "ok"}").Select(g => $"{group[i].Text} => {g.Count()} times {g.First()}"));
            _last = answers[i][^1];
        }
    }

    private async Task<Answer> Make(Call call, int copy)
    {
        var (words, body) = (world.Fill(call.Words, copy), call.Body is null ? null : world.Fill(call.Body, copy));
        if (words.Contains("--plan right", StringComparison.Ordinal)) words = words.Replace("--plan right", "--plan " + await Plan(call.Key, words, body), StringComparison.Ordinal);
        if (attempt.Surface == "cli" && copy == 0 && Spoken.Split(words)[0] is not ("GET" or "POST" or "PUT" or "PATCH" or "DELETE")) return await AttemptCli.Run(world, call.Key, words, body);
        // As the command line does: what says "later" is asked again.
        for (var tries = 0; ; tries++)
        {
            var answer = await Http(Spoken.Of(words, body), call.Key, words);
            if (answer.Code is not (ErrorCodes.Unavailable or ErrorCodes.RateLimited) || tries == 5) return answer;
            await Task.Delay(300);
        }
    }

    /// <summary>The digest that a dry run of the same call shows; of a person's, where the key may not even look.</summary>
    private async Task<string> Plan(string key, string words, string? body)
    {
        var dry = words.Replace("--plan right", "", StringComparison.Ordinal).Replace("--force", "", StringComparison.Ordinal).Trim();
        foreach (var asks in new[] { key, "person_admin" })
        {
            if (AttemptChecks.At((await Http(Spoken.Of(dry, body), asks, dry)).Json, "data.plan_digest") is var digest && digest is not ("absent" or "null")) return digest;
        }
        return "p1nothing00000";
    }

    private async Task<Answer> Http(Spoken spoken, string key, string words)
    {
        using var request = spoken.Request(world.Keys.Text(key), fresh());
        using var response = await world.Server.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var json = text.StartsWith('{') ? JsonDocument.Parse(text).RootElement : JsonDocument.Parse("{}").RootElement;
        var code = json.TryGetProperty("error_code", out var c) ? c.GetString() : null;
        return new Answer(code is null ? 0 : ErrorCodes.Row(code).Exit, json, text, words);
    }

    private async Task Judge(Check check)
    {
        var (subject, value) = (check.Subject, world.Fill(check.Value));
        var actual = subject switch
        {
            "answer" => _last!.Text,
            _ when subject.StartsWith("answer.", StringComparison.Ordinal) => AttemptChecks.At(_last!.Json, subject[7..]),
            _ => await AttemptChecks.Of(world, subject),
        };
        if (!AttemptChecks.Holds(actual, check.Operator, value)) _wrong.Add($"{check.Text}, but it is {(actual.Length > 200 ? actual[..200] + "…" : actual)}");
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using EmailTasks.Cli.Net;
using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Commands;

/// <summary><c>doctor</c>: one line a check, from this machine to the mailboxes, and the one command to type next. Reads only.</summary>
internal sealed class DoctorCommand
{
    private const double ClockSecondsMax = 5;
    private const string Ok = "ok";
    private const string Look = "warning";
    private const string Failed = "failed";

    private readonly JsonArray _checks = [];
    private NextStep? _next;
    private Refusal? _unusable;

    /// <summary>Runs all checks that can be run.</summary>
    public static int Run(Line line, Output output) => new DoctorCommand().Run(output, line.Globals);

    private int Run(Output output, Globals globals)
    {
        var broken = Target.Choose(globals.Server, out var target);
        if (broken is not null) Fail("configuration", broken, NextStep.Local("env"));
        else
        {
            Configuration(target);
            if (Server(target)) Key(target, globals);
        }
        var data = new JsonObject { ["items"] = _checks };
        if (_unusable is { } why) return output.Refuse(why with { Data = Documents.Bytes(data), Action = new("fix", null, _next?.Command) });
        var looks = _checks.Count(c => c!["result"]!.GetValue<string>() == Look);
        return output.Data(data, looks == 0 ? "Everything is well." : $"Usable; {Plural.Of(looks, "check")} to look at.", _next ?? NextStep.Of(TaskOps.List));
    }

    private void Configuration(Target target)
    {
        var config = target.Config;
        var keyFrom = target.KeyFrom ?? "nowhere";
        if (config is { Exists: true, IsReadByOthers: true }) Add("configuration", Look, $"Others on this machine may read {config.Path}.", $"chmod 600 {config.Path}");
        else Add("configuration", Ok, $"Server {target.Url} (from {target.UrlFrom}), key from {keyFrom}.");
    }

    private bool Server(Target target)
    {
        var ready = Readiness.Ask(target.Url);
        if (!ready.IsServer)
        {
            var local = ServerUrl.IsLoopback(new Uri(target.Url));
            var fix = local ? $"Start it with `{Product.Name} serve`." : "Look whether it runs and whether the address is right.";
            Fail("server", new(ErrorCodes.ServerUnreachable, $"No Email Tasks server answers at {target.Url}.") { Problems = [new("server", "unreachable", $"No Email Tasks server answers at {target.Url}.", fix)] },
                local ? NextStep.Local("serve").With("login") : NextStep.Local("env"));
            return false;
        }
        if (ready.Status == 200) Add("server", Ok, $"{target.Url} is ready.");
        else if (ready.Words.Split(" Next: ") is [var why, var next])
            Add("server", Look, $"{target.Url} answers, and dispatch stands still: {why}", "Nothing is sent before an admin has said so; without --force it shows what would happen.", Told(next.Trim()));
        else Add("server", Look, $"{target.Url} answers and is not ready: {ready.Words}.", "Wait a moment; if it stays so, read the server's log.");
        if (ready.StateProblem is { } problem) Add("state folder", Look, $"{problem}: a backup that is put back may not be noticed.", $"Start the server with `{Product.Name} serve --state DIR`, outside the data folder.");
        Clock(ready);
        if (ready.PublicUrl is { } known) Add("public URL", Ok, $"Recipients reach the server at {known}.");
        else Add("public URL", Look, "The server has no public URL: opt-out links can't work.", $"Start it with `{Product.Name} serve --public-url https://mail.brand.example`.");
        return true;
    }

    private void Clock(Readiness ready)
    {
        if (ready.ClockAheadSeconds is not { } ahead) Add("clock", Look, "The server did not tell its time.", "A proxy may have taken the Date header out.");
        else if (Math.Abs(ahead) <= ClockSecondsMax) Add("clock", Ok, "The server's clock and this one agree.");
        else Add("clock", Look, $"The server's clock is {Math.Abs(ahead):0} s {(ahead > 0 ? "ahead of" : "behind")} this one.", "Let both keep time with NTP: a schedule means the server's clock.");
    }

    private void Key(Target target, Globals globals)
    {
        if (target.CheckKey() is { } none)
        {
            Fail("key", none, NextStep.Local("auth").With("key_stdin"));
            return;
        }
        var probe = Probe.Key(target, globals);
        if (probe.KeyIsValid != true)
        {
            Fail("key", probe.KeyIsValid is null
                ? new(ErrorCodes.ServerUnreachable, probe.Reply.Problem) { Problems = [new("server", "unreachable", probe.Reply.Problem, probe.Reply.Fix)] }
                : new(ErrorCodes.InvalidApiKey, $"{target.Url} does not take the key from {target.KeyFrom}.") { Problems = [new("api_key", "invalid", $"{target.Url} does not take the key from {target.KeyFrom}.", "Ask an admin for a key.")] },
                NextStep.Local("auth").With("key_stdin"));
            return;
        }
        Add("key", Ok, $"The server takes the key from {target.KeyFrom}.");
        Version(probe.ServerVersion);
        Mailboxes(probe.Read == MailboxOps.List ? probe : Probe.Of(MailboxOps.List, target, globals));
    }

    private void Version(string? server)
    {
        if (server == Product.Version) Add("version", Ok, $"Command line and server are {server}.");
        else Add("version", Look, $"The command line is {Product.Version}, the server {server ?? "unknown"}.", "Bring both to the same version.");
    }

    private void Mailboxes(Probe probe)
    {
        if (probe.Data.ValueKind != JsonValueKind.Object)
        {
            Add("mailboxes", Look, "This key may not read the mailboxes.", "Ask an admin whether they are well.");
            return;
        }
        var any = false;
        foreach (var mailbox in Show.Json.Items(probe.Data, "items"))
        {
            any = true;
            var (id, address, state) = (Show.Json.Text(mailbox, "sender_id"), Show.Json.Text(mailbox, "address"), Show.Json.Text(mailbox, "health", "state"));
            if (state is "ok" or null) Add($"mailbox {address}", Ok, Show.Json.Text(mailbox, "delivery") == "files" ? "Writes files; nothing leaves this machine." : "Is well.");
            else Add($"mailbox {address}", Look, $"Is {state}: {Show.Json.Text(mailbox, "health", "reason")}", Show.Json.Text(mailbox, "health", "fix"), NextStep.Of(MailboxOps.Get, id ?? ""));
        }
        if (!any) Add("mailboxes", Look, "There is no mailbox.", "Connect one.", SchemaCommand.Of("mailbox connect"));
    }

    /// <summary>What the server says comes next, where it is a command known here.</summary>
    private static NextStep? Told(string line) =>
        line.StartsWith(Product.Name + " ", StringComparison.Ordinal) && Catalogue.Find(line[(Product.Name.Length + 1)..]) is { } op && !op.PathMembers.Any() ? NextStep.Of(op) : null;

    private void Fail(string check, Refusal refusal, NextStep next)
    {
        _unusable = refusal;
        _next = next;
        var problem = refusal.Problems is [var first, ..] ? first : new("", "", refusal.Summary, "");
        Add(check, Failed, problem.Text, problem.Fix);
    }

    private void Add(string check, string result, string detail, string? fix = null, NextStep? next = null)
    {
        _checks.Add((JsonNode)new JsonObject { ["check"] = check, ["result"] = result, ["detail"] = detail, ["fix"] = fix });
        if (next is not null) _next ??= next;
    }
}

using System.Diagnostics;
using System.Text;
using EmailTasks.Cli.Body;
using EmailTasks.Cli.Export;
using EmailTasks.Cli.Net;
using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Commands;

/// <summary>A command that the server does: what was typed becomes one request, the answer is passed through.</summary>
internal sealed class ServerCommand
{
    private const double TimeoutSeconds = 100;
    private const double WaitTimeoutSeconds = 600;

    private readonly Line _line;
    private readonly Op _op;
    private readonly string? _idempotencyKey;
    private readonly long _start = Stopwatch.GetTimestamp();
    private bool _called;
    private bool _screen;

    private ServerCommand(Line line, Op op)
    {
        (_line, _op) = (line, op);
        _idempotencyKey = op.Method == "GET" ? null : line.Globals.IdempotencyKey ?? Guid.CreateVersion7().ToString("N");
    }

    private bool Forced => _op.IsMutation && _line.Globals.Force;

    /// <summary>Runs it.</summary>
    public static int Run(Line line, Output output) => new ServerCommand(line, line.Op!).Run(output);

    private int Run(Output output)
    {
        _screen = output.ShowsScreen;
        if (OutputFile.Check(_line) is { } badFile) return output.Refuse(badFile);
        if (Target.Choose(_line.Globals.Server, out var target) is { } badTarget) return output.Refuse(badTarget);
        Interrupt.Watch(output, () => (Interrupted(), Meta()));
        if (RequestBody.Read(_line, out var body) is { } badBody) return output.Refuse(badBody);
        if (target.CheckKey() is { } badKey) return output.Refuse(badKey);
        if (target is { KeyFrom: "config", Config.IsReadByOthers: true }) Stderr.Line($"Warning: others on this machine may read your keys: chmod 600 {target.Config.Path}");

        var waits = _line.Value("wait") is not null;
        var timeout = TimeSpan.FromSeconds(_line.Globals.TimeoutSeconds ?? (waits ? WaitTimeoutSeconds : TimeoutSeconds));
        using var caller = new Caller(target, new Net.Trace(_line.Globals.Trace), timeout);
        _called = true;
        var reply = caller.Call(_op.Method, target.Url + PathAndQuery(), body, _idempotencyKey, waits);
        if (reply.Envelope is not { } envelope) return output.Refuse(Unreachable(reply, target), Meta());
        if (reply.ErrorCode is null && OutputFile.Write(_line, ref envelope, path => caller.Call("GET", target.Url + path, null, null, waits: false)) is { } unwritten) return output.Refuse(unwritten);
        // A repetition needs the key; an answer that does not name it is told apart on stderr.
        if (reply.ErrorCode is not null && Forced && envelope.AsSpan().IndexOf(Encoding.UTF8.GetBytes(_idempotencyKey!)) < 0) Stderr.Line($"Idempotency key: {_idempotencyKey}");
        return output.Answer(NextLines.Into(envelope, _line, _op.IsMutation && !Forced));
    }

    private string PathAndQuery() => RequestUrl.Of(_op, _line.Value,
        ("raw", _line.Value("--output")?.EndsWith(".eml", StringComparison.OrdinalIgnoreCase) == true && _line.Value("raw") is null ? "true" : null),
        ("dry_run", Forced ? "false" : null),
        ("plan", _line.Globals.Plan),
        ("full", Full ? "true" : null),
        ("fields", _line.Globals.Fields),
        ("samples", _line.Globals.Samples));

    /// <summary>One value is picked from everything; a person reads a screen, which has room for a plan.</summary>
    private bool Full => _line.Globals.Full
        || (_op.Carries == Carries.Json && _line.Globals.Fields is null
            && (_line.Globals.Field is { IsOfData: true } || (_screen && _op.TakesPlan && !Forced && _line.Globals.Samples is null)));

    private Meta Meta() => new("", Stopwatch.GetElapsedTime(_start).TotalMilliseconds, _op.IsMutation ? !Forced : null, _idempotencyKey, null, "");

    private Refusal Unreachable(Reply reply, Target target)
    {
        var fix = reply is { Status: 0 } && ServerUrl.IsLoopback(new Uri(target.Url)) ? $"{reply.Fix} Start one here with `{Product.Name} serve`." : reply.Fix;
        var summary = Forced
            ? $"{reply.Problem} Whether the change was made is not known; repeating it with the same idempotency key is safe."
            : reply.Problem;
        return new(ErrorCodes.ServerUnreachable, summary)
        {
            Problems = [new("server", "unreachable", $"{target.Url}: {reply.Problem}", fix)],
            Action = new("retry", null, Forced ? Again() : fix),
        };
    }

    private Refusal Interrupted() => new(ErrorCodes.Interrupted, !_called || !Forced
        ? "Interrupted; nothing was changed."
        : "Interrupted. Whether the change was made is not known; repeating it with the same idempotency key is safe.")
    {
        Action = Forced && _called ? new("retry", null, Again()) : null,
    };

    /// <summary>The same line with the same key.</summary>
    private string Again() => NextLines.Typed(_line.Globals.IdempotencyKey is null ? [.. _line.Args, "--idempotency-key", _idempotencyKey!] : _line.Args);
}

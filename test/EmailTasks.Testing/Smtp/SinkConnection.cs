using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace EmailTasks.Testing;

/// <summary>One connection of the sink: reads commands, asks the script, answers.</summary>
internal sealed class SinkConnection(SmtpSink sink, Socket socket, int number)
{
    /// <summary>How often a wait looks whether the client is still there.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(200);

    private readonly byte[] input = new byte[64 * 1024];
    private readonly MemoryStream output = new();
    private Stream wire = new NetworkStream(socket, ownsSocket: false);
    private SinkTransaction? mail;
    private int start, end;
    private bool encrypted;

    private SinkOptions Options => sink.Options;

    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            if (Options.ImplicitTls) await EncryptAsync(ct);
            if (!await AnswerAsync(SinkStep.Connect, "", "220 sink.example ESMTP", ct)) return;
            while (await LineAsync(ct) is { } line)
                if (!await CommandAsync(line, ct))
                    return;
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // The other side went away, or the test is over: the log has what was seen.
        }
        finally
        {
            Over(mail);
            await wire.DisposeAsync();
            socket.Dispose();
        }
    }

    private async Task<bool> CommandAsync(string line, CancellationToken ct)
    {
        var verb = line.Split(' ', 2)[0].ToUpperInvariant();
        switch (verb)
        {
            case "EHLO":
                return await AnswerAsync(SinkStep.Ehlo, line, Options.Esmtp ? Capabilities() : "502 5.5.1 no", ct);
            case "HELO":
                return await AnswerAsync(SinkStep.Ehlo, line, "250 sink.example", ct);
            case "STARTTLS" when Options.Certificate is not null && !encrypted:
                var go = await AnswerAsync(SinkStep.StartTls, line, "220 2.0.0 go", ct);
                if (!go || lastCode != 220) return go;
                await FlushAsync(ct);
                await EncryptAsync(ct);
                return true;
            case "AUTH":
                return await AuthAsync(line, ct);
            case "MAIL":
                return await MailAsync(line, ct);
            case "RCPT" when mail is not null:
                mail.To.Add(Path(line));
                mail.RcptStamp = Stopwatch.GetTimestamp();
                return await AnswerAsync(SinkStep.Rcpt, line, "250 2.1.5 ok", ct);
            case "DATA" when mail is { To.Count: > 0 }:
                if (!await AnswerAsync(SinkStep.Data, line, "354 go", ct)) return false;
                if (lastCode == 354) mail.DataStamp = Stopwatch.GetTimestamp();
                return lastCode != 354 || await BodyAsync(ct);
            case "RSET":
                Over(mail);
                mail = null;
                return await AnswerAsync(SinkStep.Rset, line, "250 2.0.0 ok", ct);
            case "NOOP":
                return await AnswerAsync(SinkStep.Noop, line, "250 2.0.0 ok", ct);
            case "QUIT":
                await AnswerAsync(SinkStep.Quit, line, "221 2.0.0 bye", ct);
                await FlushAsync(ct);
                return false;
            default:
                return await AnswerAsync(SinkStep.Other, line, "503 5.5.1 what?", ct);
        }
    }

    private async Task<bool> MailAsync(string line, CancellationToken ct)
    {
        var begun = new SinkTransaction(number, Path(line)) { MailParameters = line[(line.IndexOf('>') + 1)..].Trim() };
        sink.Record(begun);
        Over(mail);
        mail = begun;
        var go = await AnswerAsync(SinkStep.Mail, line, "250 2.1.0 ok", ct);
        if (lastCode < 300) return go;
        Over(mail);
        mail = null;
        return go;
    }

    private static void Over(SinkTransaction? transaction)
    {
        if (transaction is not null) transaction.EndStamp ??= Stopwatch.GetTimestamp();
    }

    private async Task<bool> AuthAsync(string line, CancellationToken ct)
    {
        var words = line.Split(' ');
        string user, secret;
        switch (words[1].ToUpperInvariant())
        {
            case "PLAIN":
                var plain = Decode(words.Length > 2 ? words[2] : await AskAsync("334 ", ct)).Split('\0');
                (user, secret) = (plain[1], plain[2]);
                break;
            case "LOGIN":
                user = Decode(words.Length > 2 ? words[2] : await AskAsync("334 VXNlcm5hbWU6", ct));
                secret = Decode(await AskAsync("334 UGFzc3dvcmQ6", ct));
                break;
            case "XOAUTH2":
                var parts = Decode(words.Length > 2 ? words[2] : await AskAsync("334 ", ct)).Split('\u0001');
                (user, secret) = (parts[0]["user=".Length..], parts[1]["auth=Bearer ".Length..]);
                if (!Options.Accepts(user, secret)) await AskAsync("334 eyJzdGF0dXMiOiI0MDEifQ==", ct);   // the error, then the client's empty line
                break;
            default:
                return await AnswerAsync(SinkStep.Auth, line, "504 5.5.4 no such mechanism", ct);
        }
        return await AnswerAsync(SinkStep.Auth, line, Options.Accepts(user, secret) ? "235 2.7.0 ok" : "535 5.7.8 no", ct);
    }

    /// <summary>Reads up to CRLF.CRLF; a state per byte, so that segments do not matter.</summary>
    private async Task<bool> BodyAsync(CancellationToken ct)
    {
        var current = mail!;
        var scan = new DotScan();
        using var kept = Options.KeepData || Options.KeepMessageId ? new MemoryStream() : null;
        await FlushAsync(ct);
        while (true)
        {
            if (start == end && !await FillAsync(ct)) return false;
            if (sink.Script?.Invoke(new SinkEvent(number, SinkStep.Body, "", current)) is { } early && !await DoAsync(early, null, ct)) return false;
            var used = scan.Read(input.AsSpan(start, end - start), out var done);
            kept?.Write(input, start, used);
            start += used;
            current.Length += used;
            if (!done) continue;

            current.Length -= 3;
            if (Options.KeepMessageId) current.MessageId = DotScan.MessageId(kept!.GetBuffer().AsSpan(0, (int)kept.Length));
            current.Data = Options.KeepData ? DotScan.Unstuff(kept!.GetBuffer().AsSpan(0, (int)kept.Length - 3)) : null;
            current.DotStamp = Stopwatch.GetTimestamp();
            current.DotSeenAt = DateTimeOffset.UtcNow;
            mail = null;
            return await DotAsync(current, ct);
        }
    }

    private async Task<bool> DotAsync(SinkTransaction current, CancellationToken ct)
    {
        var reply = sink.Script?.Invoke(new SinkEvent(number, SinkStep.Dot, "", current));
        if (reply is null || reply.IsDefault || reply.Takes || Code(reply.Text) is >= 200 and < 300) current.Accepted = true;
        const string Taken = "250 2.0.0 taken";
        current.ReplyText = reply is null || reply.IsDefault ? Taken : reply.Text;
        current.ReplyCode = Code(current.ReplyText);
        try
        {
            var go = await DoAsync(reply, Taken, ct);
            if (current.ReplyText is null) return go;
            var answered = Stopwatch.GetTimestamp();   // before the write: the client may go on before this thread does
            await FlushAsync(ct);
            current.ReplyStamp = answered;
            return go;
        }
        finally
        {
            Over(current);
        }
    }

    private int? lastCode;

    private Task<bool> AnswerAsync(SinkStep step, string line, string friendly, CancellationToken ct) =>
        DoAsync(sink.Script?.Invoke(new SinkEvent(number, step, line, mail)), friendly, ct);

    /// <summary>False when the connection is over.</summary>
    private async Task<bool> DoAsync(SinkReply? reply, string? friendly, CancellationToken ct)
    {
        if (reply is { Wait: var wait } && wait > TimeSpan.Zero)
        {
            await FlushAsync(ct);
            await WaitAsync(wait, ct);
        }
        var text = reply is null || reply.IsDefault ? friendly : reply.Text;
        lastCode = Code(text);
        if (text is not null) output.Write(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n") + "\r\n"));
        if (reply is null || reply.IsDefault) return true;
        if (text is null && !reply.Closes && !reply.Resets)
        {
            await FlushAsync(ct);
            while (await FillAsync(ct)) start = end;   // swallowed: reads on, says nothing
            return false;
        }
        if (!reply.Closes && !reply.Resets) return true;
        await FlushAsync(ct);
        if (reply.Resets) socket.LingerState = new LingerOption(true, 0);
        return false;
    }

    /// <summary>Waits, unless the client goes away meanwhile: then the transaction is over, whatever was to be said.</summary>
    private async Task WaitAsync(TimeSpan wait, CancellationToken ct)
    {
        for (var since = Stopwatch.GetTimestamp(); ;)
        {
            var left = wait - Stopwatch.GetElapsedTime(since);
            if (left <= TimeSpan.Zero) return;
            await Task.Delay(left < Slice ? left : Slice, ct);
            if (socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0) throw new IOException("gone");
        }
    }

    private string Capabilities()
    {
        List<string> lines = ["sink.example"];
        if (Options.Pipelining) lines.Add("PIPELINING");
        if (Options.Size is { } size) lines.Add($"SIZE {size}");
        if (Options.EightBitMime) lines.Add("8BITMIME");
        if (Options.SmtpUtf8) lines.Add("SMTPUTF8");
        if (Options.Chunking) lines.Add("CHUNKING");
        if (Options.EnhancedStatusCodes) lines.Add("ENHANCEDSTATUSCODES");
        if (Options.Certificate is not null && !encrypted && !Options.ImplicitTls) lines.Add("STARTTLS");
        if (Options.Auth.Count > 0) lines.Add("AUTH " + string.Join(' ', Options.Auth));
        return string.Join('\n', lines.Select((l, i) => (i == lines.Count - 1 ? "250 " : "250-") + l));
    }

    private async Task EncryptAsync(CancellationToken ct)
    {
        var tls = new SslStream(wire);
        wire = tls;
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Options.Certificate }, ct);
        encrypted = true;
        start = end = 0;
    }

    private async Task<string> AskAsync(string challenge, CancellationToken ct)
    {
        output.Write(Encoding.ASCII.GetBytes(challenge + "\r\n"));
        return await LineAsync(ct) ?? throw new IOException("gone");
    }

    /// <summary>One line without its end; null at the end of the stream. Replies go out when nothing more is waiting, as pipelining wants.</summary>
    private async Task<string?> LineAsync(CancellationToken ct)
    {
        while (true)
        {
            var newline = input.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                var line = Encoding.UTF8.GetString(input, start, newline).TrimEnd('\r');
                start += newline + 1;
                return line;
            }
            await FlushAsync(ct);
            if (!await FillAsync(ct)) return null;
        }
    }

    private async Task<bool> FillAsync(CancellationToken ct)
    {
        if (start == end) start = end = 0;
        else if (end == input.Length)
        {
            if (start == 0) throw new IOException("line too long");
            input.AsSpan(start, end - start).CopyTo(input);
            (start, end) = (0, end - start);
        }
        var read = await wire.ReadAsync(input.AsMemory(end), ct);
        end += read;
        return read > 0;
    }

    private async Task FlushAsync(CancellationToken ct)
    {
        if (output.Length == 0) return;
        await wire.WriteAsync(output.GetBuffer().AsMemory(0, (int)output.Length), ct);
        output.SetLength(0);
    }

    private static int? Code(string? text) => text is { Length: >= 3 } && int.TryParse(text.AsSpan(0, 3), out var code) ? code : null;

    private static string Decode(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));

    private static string Path(string line)
    {
        var open = line.IndexOf('<');
        var close = line.IndexOf('>');
        return open >= 0 && close > open ? line[(open + 1)..close] : "";
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Hosting;
using EmailTasks.Testing;

namespace EmailTasks.Chaos;

/// <summary>What recipients do with the mail they got.</summary>
internal enum Reaction
{
    Open,
    Click,
    Unsubscribe,
    Reply,
    ReplyTwice,
    AutoReply,
    Bounce,
}

/// <summary>
/// Recipients, while everything goes wrong: they open, click, opt out, answer, are away, bounce. Each message that comes in lies
/// in every node's maildir, so that it is delivered as often as there are nodes.
/// </summary>
internal sealed class Audience : IDisposable
{
    private const double Share = 0.04;
    private const int AtOnce = 4;

    private static readonly Reaction[] Reactions = Enum.GetValues<Reaction>();

    private readonly World _world;
    private readonly DeliveryTokens _tokens;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(20) };
    private readonly SemaphoreSlim _busy = new(AtOnce);
    private readonly Random _random;
    private readonly string[] _folders;
    private int _seen;
    private int _written;

    /// <param name="account">Whose maildirs they write to.</param>
    public Audience(World world, string account)
    {
        _world = world;
        _random = world.Seed.For("recipients");
        _tokens = new DeliveryTokens(new TokenKeys(new Keyring(Convert.FromHexString(File.ReadAllText(Path.Combine(world.Nodes[0].Folder, "master.key")).Trim())), TimeProvider.System));
        _folders = [.. world.Nodes.Select(n => Path.Combine(n.Folder, "files", account, World.Replies))];
        foreach (var folder in _folders)
        {
            foreach (var part in new[] { "cur", "new", "tmp" }) Directory.CreateDirectory(Path.Combine(folder, part));
        }
    }

    /// <summary>Who was asked to do what, by address.</summary>
    public ConcurrentDictionary<string, Reaction> Meant { get; } = new(StringComparer.Ordinal);

    /// <summary>Whose hit or opt-out was answered with a yes.</summary>
    public ConcurrentDictionary<string, bool> Answered { get; } = new(StringComparer.Ordinal);

    /// <summary>Whose messages were delivered.</summary>
    public ConcurrentDictionary<string, bool> Delivered { get; } = new(StringComparer.Ordinal);

    /// <summary>Reply messages that were delivered, each counted once.</summary>
    public int Replies => Delivered.Keys.Sum(a => Meant[a] switch { Reaction.Reply => 1, Reaction.ReplyTwice => 2, _ => 0 });

    /// <summary>Reacts to what arrives until it is told to stop.</summary>
    public async Task Run(CancellationToken stop)
    {
        var (doing, open) = (new List<Task>(), new List<SinkTransaction>());
        while (!stop.IsCancellationRequested)
        {
            var fresh = _world.Sink.Log.Skip(_seen).ToList();
            _seen += fresh.Count;
            open.AddRange(fresh);
            var done = open.FindAll(m => m.EndStamp is not null || m.ReplyStamp is not null);
            open.RemoveAll(done.Contains);
            foreach (var mail in done)
            {
                if (mail is not { Accepted: true, MessageId: { } id } || _random.NextDouble() > Share) continue;
                var (reaction, wait) = (Reactions[_random.Next(Reactions.Length)], TimeSpan.FromSeconds(_random.NextDouble() * 12));
                if (_tokens.Read(TokenPurpose.MessageId, id.Trim('<', '>').Split('@')[0]) is { } of && Meant.TryAdd(mail.To[0], reaction)) doing.Add(React(mail.To[0], id.Trim('<', '>'), of, reaction, wait));
            }
            await Task.Delay(200, CancellationToken.None);
        }
        await Task.WhenAll(doing);
    }

    public void Dispose()
    {
        _http.Dispose();
        _busy.Dispose();
    }

    private async Task React(string address, string id, TokenOf of, Reaction reaction, TimeSpan wait)
    {
        await Task.Delay(wait);
        await _busy.WaitAsync();
        try
        {
            var tokens = _tokens.For(of.SetId, of.Seq, of.Key);
            switch (reaction)
            {
                case Reaction.Open: await Fetch(address, HttpMethod.Get, $"/t/o/{tokens.Open}.gif", HttpStatusCode.OK); break;
                case Reaction.Click: await Fetch(address, HttpMethod.Get, $"/t/c/{tokens.Click(1)}", HttpStatusCode.Found); break;
                case Reaction.Unsubscribe: await Fetch(address, HttpMethod.Post, $"/u/{tokens.Unsubscribe}", HttpStatusCode.OK); break;
                case Reaction.Reply: Deliver(address, Answer(address, id, 1)); break;
                case Reaction.ReplyTwice: Deliver(address, Answer(address, id, 1), Answer(address, id, 2)); break;
                case Reaction.AutoReply: Deliver(address, Away(address, id)); break;
                case Reaction.Bounce: Deliver(address, Report(address, id)); break;
                default: throw new InvalidOperationException($"{reaction}");
            }
        }
        finally
        {
            _busy.Release();
        }
    }

    /// <summary>Asks some node once or twice, as mail programs do; whether it said yes.</summary>
    private async Task Fetch(string address, HttpMethod method, string path, HttpStatusCode yes)
    {
        for (var tries = 0; tries < 3; tries++)
        {
            if (_world.Nodes.Where(n => n.Answers).ToList() is not { Count: > 0 } able) return;
            try
            {
                using var request = new HttpRequestMessage(method, new Uri(new Uri(able[_seen % able.Count].Url), path));
                request.Headers.TryAddWithoutValidation("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0");
                using var response = await _http.SendAsync(request);
                if (response.StatusCode == yes) Answered[address] = true;
                return;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or InvalidOperationException or NullReferenceException)
            {
                // The node is gone, or was asked as it went.
            }
        }
    }

    private void Deliver(string address, params byte[][] messages)
    {
        foreach (var message in messages)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"1764150000.M{Interlocked.Increment(ref _written)}.host");
            foreach (var folder in _folders)
            {
                File.WriteAllBytes(Path.Combine(folder, "tmp", name), message);
                File.Move(Path.Combine(folder, "tmp", name), Path.Combine(folder, "new", name));
            }
        }
        Delivered[address] = true;
    }

    private static byte[] Answer(string address, string id, int number) => Mail(
        $"From: {address}\nTo: mia@brand.example\nSubject: Re: Hello\nMessage-ID: <{number}.{address}>\nIn-Reply-To: <{id}>\n\nYes, gladly ({number}).\n");

    private static byte[] Away(string address, string id) => Mail(
        $"From: {address}\nTo: mia@brand.example\nSubject: Automatic reply: Hello\nAuto-Submitted: auto-replied\nMessage-ID: <a.{address}>\nIn-Reply-To: <{id}>\n\nI am away.\n");

    private static byte[] Report(string address, string id) => Mail(
        $"From: mailer-daemon@mx.example\nTo: mia@brand.example\nSubject: Undelivered Mail Returned to Sender\nMessage-ID: <b.{address}>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        + "Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\nNo such user.\n\n--b\nContent-Type: message/delivery-status\n\n"
        + $"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {address}\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{id}>\n\n--b--\n");

    private static byte[] Mail(string text) => Encoding.ASCII.GetBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal));
}

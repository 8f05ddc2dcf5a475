using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace EmailTasks.Bench;

/// <summary>The same mail to the same smtp-sink, in turns: our server, a bare MailKit loop, a nodemailer pool.</summary>
internal static class Sending
{
    private const int Connections = 16;
    private const int WarmUp = 2_000;

    /// <summary>Our server alone, for so long; whether nothing grew.</summary>
    public static async Task<bool> Soak(string server, string sink, TimeSpan time)
    {
        var port = FreePort();
        using var postfix = Sink(sink, port);
        await Listens(port);
        return await Bench.Soak.Run(server, port, time, Mail());
    }

    public static async Task<IReadOnlyList<Line>> Measure(string server, string node, string peers, string sink, int mails, int rounds)
    {
        var port = FreePort();
        using var postfix = Sink(sink, port);
        await Listens(port);
        var mail = Mail();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(mail, JsonSerializerOptions.Web));
        using var mailKit = Peer.Start(Environment.ProcessPath!, null, "mailkit", $"{port}", $"{Connections}", file);
        using var nodemailer = Peer.Start(node, peers, "nodemailer.js", $"{port}", $"{Connections}", file);
        using var ours = await OurServer.Start(server, port, Connections);

        var warm = await ours.Ready(mail with { Subject = "Warm up" }, 0, WarmUp);
        var bytes = await ours.MessageBytes(warm);
        await ours.Send(warm, WarmUp);
        await mailKit.Run(0, WarmUp);
        await nodemailer.Run(0, WarmUp);
        var rates = new List<double>[] { [], [], [] };
        for (var round = 1; round <= rounds; round++)
        {
            var first = round * 1_000_000;
            var task = await ours.Ready(mail with { Subject = $"{mail.Subject} {round}" }, first, mails);
            rates[0].Add(mails / await ours.Send(task, mails));
            rates[1].Add(mails / await mailKit.Run(first, mails));
            rates[2].Add(mails / await nodemailer.Run(first, mails));
            Console.Error.WriteLine($"round {round} of {rounds}: {string.Join(" / ", rates.Select(r => $"{r[^1]:0}"))} mails/s");
        }
        File.Delete(file);
        var bare = Line.MedianOf(rates[1]);
        return
        [
            Of($"{mails} mails of {bytes} bytes", "Email Tasks, to settled", rates[0], bare),
            Of($"over {Connections} sessions, smtp-sink", "bare MailKit loop", rates[1], bare),
            Of("", "nodemailer pool", rates[2], bare),
        ];
    }

    private static Line Of(string what, string who, List<double> rates, double bare) =>
        new(what, who, Line.MedianOf(rates), "/s", Line.MedianOf(rates) / bare, string.Join(" ", rates.Select(r => $"{r:0}")));

    private static BenchMail Mail()
    {
        var words = string.Join(' ', Enumerable.Repeat("We liked your last video and would love to send you a pair of our new shoes to try.", 7));
        return new BenchMail("Hello {{ name }}", $"Hi {{{{ name }}}},\r\n\r\n{words}\r\n\r\nMia\r\n",
            $"<html><body><p>Hi <b>{{{{ name }}}}</b>,</p><p>{words}</p><p>Mia</p><p><a href=\"https://brand.example/shoes\">See them</a></p></body></html>");
    }

    private static Peer Sink(string sink, int port) =>
        Environment.IsPrivilegedProcess ? Peer.Start(sink, null, "-u", "nobody", $"127.0.0.1:{port}", "1024") : Peer.Start(sink, null, $"127.0.0.1:{port}", "1024");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task Listens(int port)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System))
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (clock.Elapsed < TimeSpan.FromSeconds(10))
            {
                // Not yet.
            }
        }
    }
}

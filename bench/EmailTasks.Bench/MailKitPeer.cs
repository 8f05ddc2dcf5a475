using System.Diagnostics;
using System.Text.Json;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace EmailTasks.Bench;

/// <summary>What every peer sends: the same words.</summary>
internal sealed record BenchMail(string Subject, string Text, string Html);

/// <summary>The barest loop one could write with MailKit: no database, no limits, no record of what was sent.</summary>
internal static class MailKitPeer
{
    /// <summary>Answers each line "first count" on stdin with the seconds it took.</summary>
    public static async Task<int> Serve(int port, int connections, string file)
    {
        var mail = JsonSerializer.Deserialize<BenchMail>(await File.ReadAllTextAsync(file), JsonSerializerOptions.Web)!;
        var clients = new List<SmtpClient>();
        for (var i = 0; i < connections; i++)
        {
            var client = new SmtpClient();
            await client.ConnectAsync("127.0.0.1", port, SecureSocketOptions.None);
            clients.Add(client);
        }
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            var (next, end) = (int.Parse(words[0]) - 1, int.Parse(words[0]) + int.Parse(words[1]));
            var clock = Stopwatch.StartNew();
            await Task.WhenAll(clients.Select(client => Task.Run(async () =>
            {
                while (Interlocked.Increment(ref next) is var i && i < end)
                {
                    using var message = Message(mail, i);
                    await client.SendAsync(message);
                }
            })));
            Console.WriteLine(clock.Elapsed.TotalSeconds);
        }
        foreach (var client in clients) client.Dispose();
        return 0;
    }

    private static MimeMessage Message(BenchMail mail, int i)
    {
        string Text(string s) => s.Replace("{{ name }}", $"Creator {i}", StringComparison.Ordinal);
        var message = new MimeMessage { Subject = Text(mail.Subject) };
        message.From.Add(new MailboxAddress("Mia", "mia@brand.example"));
        message.To.Add(new MailboxAddress($"Creator {i}", $"r{i}@d{i % 50}.example"));
        message.Body = new BodyBuilder { TextBody = Text(mail.Text), HtmlBody = Text(mail.Html) }.ToMessageBody();
        return message;
    }
}

using System.Diagnostics;
using System.Text;
using EmailTasks.Server.Message;
using Xunit;

namespace EmailTasks.Server.Tests.Message;

[CollectionDefinition(nameof(RenderSpeed), DisableParallelization = true)]
public sealed class RenderSpeed;

[Collection(nameof(RenderSpeed))]
public class RenderSpeedTests(ITestOutputHelper output)
{
    /// <summary>An 8 KB table mail with three variables in six places.</summary>
    internal static CompiledContent Typical()
    {
        var html = new StringBuilder("<html><head><style>p{color:#333;margin:0 0 12px}</style></head><body><p>Hi {{ name | default: \"there\" }},</p><p>we saw {{ video }} on {{ channel }} &mdash; great work.</p>");
        while (html.Length < 7_600) html.Append("<table role=\"presentation\" width=\"600\" cellpadding=\"0\"><tr><td style=\"padding:12px;font-size:14px\">Our spring shoes are made by hand, and we would like to send you a pair.</td></tr></table>\n");
        html.Append("<p>Yours, {{ sender_name }}</p><p><a href=\"https://brand.example/{{ channel }}\">See them</a> <a href=\"{{ unsubscribe_url }}\">No more mails</a> {{ postal_address }}</p></body></html>");
        return Contents.Compile(html.ToString(), subject: "About {{ video }}", preheader: "Shoes for {{ channel }}");
    }

    [Fact]
    public void Checking_and_rendering_stay_cheap()
    {
        var renderer = new MessageRenderer(Typical(), Contents.Plan());
        var recipient = Contents.Recipient(variables: [("video", "My week in Lisbon & Porto"), ("channel", "annwalks")]);
        var defaults = new HashSet<string>();
        var check = Micros(20_000, () => renderer.Check(recipient, defaults));
        var text = Micros(4_000, () => renderer.Render(recipient, Contents.Tokens));
        var whole = Micros(4_000, () =>
        {
            using var message = renderer.BuildMime(renderer.Render(recipient, Contents.Tokens).Text!, recipient, Contents.Tokens, Contents.Date);
            return MessageRenderer.ToBytes(message);
        });
        output.WriteLine($"check {check:F2} µs, render {text:F1} µs, render + build + bytes {whole:F1} µs");
        // Ten times what this machine needs, so that only a change of order fails.
        Assert.True(check < 20, $"check took {check:F2} µs");
        Assert.True(whole < 1_000, $"a message took {whole:F1} µs");
    }

    private static double Micros(int times, Func<object> work)
    {
        for (var i = 0; i < times / 2; i++) work();
        var best = double.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < times; i++) work();
            best = Math.Min(best, watch.Elapsed.TotalMicroseconds / times);
        }
        return best;
    }
}

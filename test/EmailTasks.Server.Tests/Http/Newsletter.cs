using System.Text;
using EmailTasks.Testing;

namespace EmailTasks.Server.Tests.Http;

/// <summary>A newsletter as tools make them: 67 KB of nested tables, links and words, for 1,000 people.</summary>
public static class Newsletter
{
    public const int Bytes = 67 * 1024;
    public const int People = 1_000;

    /// <summary>The HTML.</summary>
    public static string Html { get; } = Make();

    /// <summary>A body for <c>email content save</c>.</summary>
    /// <param name="mark">What makes it another content than the one before.</param>
    public static object Content(string mark) => new { subject = "{{ name }}, our spring shoes and your video {{ code }}", html_body = Html.Replace("your code is", $"your code for {mark} is", StringComparison.Ordinal), preheader = "A pair for your next run" };

    /// <summary>A draft with it, ready to send.</summary>
    public static async Task<string> Ready(TestServer server, string sender, string name = "Spring newsletter")
    {
        var task = await server.Draft(name);
        await server.AddRecipients(task, People);
        (await server.Put($"/v1/email-tasks/{task}/content", Content(task))).Ok();
        (await server.Put($"/v1/email-tasks/{task}/sender", new { sender_id = sender })).Ok();
        return task;
    }

    private static string Make()
    {
        const string end = "{{ product_cards }}<p>Brand GmbH, Example Street 1, 10115 Berlin</p><p><a href=\"{{ unsubscribe_url }}\">No more mails</a></p></body></html>";
        var html = new StringBuilder("<html><body><p>Hi {{ name }}, your code is {{ code }}.</p>");
        for (var i = 0; ; i++)
        {
            var story = $"<table width=\"600\" cellpadding=\"0\" cellspacing=\"0\" style=\"border-collapse:collapse\"><tr><td style=\"padding:12px;font-family:Arial,sans-serif;font-size:14px;color:#333333\">"
                + $"<h2 style=\"margin:0\">Story {i}: a shoe for the long run</h2><p>Chapter {i} tells how a pair was tried on gravel, in rain and on a treadmill, and what was learnt from it.</p>"
                + $"<a href=\"https://shop.example/stories/{i}?from=newsletter\" style=\"color:#0055aa\">Read story {i}</a></td></tr></table>";
            if (html.Length + story.Length + end.Length > Bytes) return html.Append(' ', Bytes - html.Length - end.Length).Append(end).ToString();
            html.Append(story);
        }
    }
}

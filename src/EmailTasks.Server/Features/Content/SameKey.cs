using System.Text;
using EmailTasks.Core.Content;
using EmailTasks.Core.Planning;
using EmailTasks.Server.Message;
using EmailTasks.Server.Message.Seen;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Content;

/// <summary>
/// What makes two contents the same to who gets them: the words that are seen, of subject and body. Markup, hidden words, the
/// preheader and filters don't count; a variable that says nothing to anybody is left out,
/// or is the words of its default. One that says the same to all stays a variable: in a task for one person each does.
/// </summary>
internal static class SameKey
{
    private const int Piece = 100;

    /// <summary>The key of a content.</summary>
    /// <param name="ofAll">What all recipients have for a variable; null where they differ, or are not known.</param>
    public static string Of(CompiledContent content, Func<string, string?> ofAll)
    {
        var body = content.HtmlSource is null ? content.Text : SeenHtml.Of(content.HtmlSource).Words;
        return SameWords.Key([.. Words(content.Subject, ofAll), "\n", .. Words(body, ofAll)]);
    }

    /// <summary>Fills in contents of tasks that still matter to the rule and were saved before there was a key, piece by piece.</summary>
    public static async Task Fill(IStore store)
    {
        while (true)
        {
            var rows = await store.Read(db => ContentRows.WithoutKey(db, db.Now - Lookback.RepeatMicros, Piece));
            if (rows.Count == 0) return;
            var keys = rows.Select(r => (r.Task, r.Version, Key: Of(Texts.Compile(r), _ => null))).ToList();
            await store.Write(async db =>
            {
                foreach (var (task, version, key) in keys) await ContentRows.SetSameKey(db, task, version, key);
                return true;
            });
        }
    }

    private static List<string> Words(CompiledTemplate template, Func<string, string?> ofAll)
    {
        var (words, said) = (new List<string>(), new StringBuilder());
        void Close()
        {
            words.AddRange(SameWords.Of(said.ToString()));
            said.Clear();
        }
        foreach (var segment in template.Segments)
        {
            if (segment.Output is not { } output) said.Append(segment.Literal);
            else if (output.Name is BuiltIns.UnsubscribeUrl or BuiltIns.PostalAddress) said.Append(' ');
            else if (!BuiltIns.All.Contains(output.Name) && ofAll(output.Name) is { } value && !SameWords.Of(value).Any()) said.Append(output.Evaluate(value).Value);
            else
            {
                Close();
                words.Add($"\u0001{output.Name}");
            }
        }
        Close();
        return words;
    }
}

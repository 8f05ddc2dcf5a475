using System.Buffers;
using System.Text;

namespace EmailTasks.Server.Message;

/// <summary>The one escaping of HTML: text and quoted attributes alike.</summary>
internal static class HtmlEscape
{
    private static readonly SearchValues<char> Special = SearchValues.Create("&<>\"'");

    public static StringBuilder Append(StringBuilder to, ReadOnlySpan<char> value)
    {
        for (var at = value.IndexOfAny(Special); at >= 0; at = value.IndexOfAny(Special))
        {
            to.Append(value[..at]).Append(value[at] switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                _ => "&#39;",
            });
            value = value[(at + 1)..];
        }
        return to.Append(value);
    }

    public static string Of(string value)
    {
        var to = new StringBuilder(value.Length + 16);
        Append(to, value);
        return to.ToString();
    }
}

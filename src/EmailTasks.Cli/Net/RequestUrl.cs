using System.Text;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Net;

/// <summary>The path and query of a call.</summary>
internal static class RequestUrl
{
    /// <summary>Fills the route and adds the query.</summary>
    /// <param name="op">The operation.</param>
    /// <param name="value">The value of a path or query member, or null.</param>
    /// <param name="more">Further query members.</param>
    public static string Of(Op op, Func<string, string?> value, params ReadOnlySpan<(string Name, string? Value)> more)
    {
        var url = new StringBuilder(op.Route);
        foreach (var member in op.PathMembers) url.Replace('{' + member.Name + '}', Escape(value(member.Name)!));
        var next = '?';
        void Add(string name, string text)
        {
            url.Append(next).Append(name).Append('=').Append(Uri.EscapeDataString(text));
            next = '&';
        }
        foreach (var member in op.QueryMembers)
        {
            if (value(member.Name) is { } text) Add(member.Name, text);
        }
        foreach (var (name, text) in more)
        {
            if (text is not null) Add(name, text);
        }
        return url.ToString();
    }

    /// <summary>A path segment; a lone dot or two would be resolved away by URL parsing, into another route.</summary>
    private static string Escape(string segment) =>
        segment is "." or ".." ? segment.Replace(".", "%252E") : Uri.EscapeDataString(segment);
}

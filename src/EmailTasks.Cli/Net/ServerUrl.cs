using System.Net;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Net;

/// <summary>The address of a server, in the one spelling under which its key is kept.</summary>
internal static class ServerUrl
{
    /// <summary>Where <c>serve</c> listens unless told.</summary>
    public const string Default = "http://127.0.0.1:7025";

    /// <summary>Lower-case scheme and host, no default port, no trailing slash.</summary>
    public static bool TryNormalise(string text, out string url)
    {
        url = "";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")) return false;
        if (uri.Host.Length == 0 || uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0) return false;
        url = uri.GetLeftPart(UriPartial.Path).TrimEnd('/');
        return true;
    }

    /// <summary>True for this machine itself.</summary>
    public static bool IsLoopback(Uri url) =>
        url.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>What is wrong with a server address, or null. A key must not cross a network in clear.</summary>
    public static Refusal? Check(string text, string from, out string url)
    {
        if (!TryNormalise(text, out url))
            return Refusal.Invalid(from, "bad_format", $"{from} is not the address of a server.", $"Write it like {Default} or https://mail.brand.example, without user, query or fragment.");
        var uri = new Uri(url);
        return uri.Scheme == "https" || IsLoopback(uri)
            ? null
            : Refusal.Invalid(from, "insecure", $"{from} is plain http to another machine: the key could be read on the way.", "Use https://; plain http is only for this machine.");
    }
}

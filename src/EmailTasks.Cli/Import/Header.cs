using System.Text;

namespace EmailTasks.Cli.Import;

/// <summary>Names of columns: which field they mean, and which variable name they fold to.</summary>
internal static class Header
{
    private const int NameCharactersMax = 40;

    /// <summary>Other names of fields, folded; a Chinese list has Chinese headers.</summary>
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["email"] = "email_address", ["e_mail"] = "email_address", ["mail"] = "email_address", ["emails"] = "email_address",
        ["email_address"] = "email_address", ["email_addresses"] = "email_address", ["e_mail_address"] = "email_address",
        ["emailaddress"] = "email_address", ["mail_address"] = "email_address", ["address"] = "email_address",
        ["邮箱"] = "email_address", ["邮箱地址"] = "email_address", ["电子邮箱"] = "email_address", ["电子邮件"] = "email_address",
        ["name"] = "name", ["full_name"] = "name", ["姓名"] = "name", ["名字"] = "name", ["名称"] = "name",
        ["creator_id"] = "creator_id", ["creatorid"] = "creator_id",
        ["platform"] = "platform", ["平台"] = "platform",
        ["channel_id"] = "channel_id", ["channelid"] = "channel_id",
        ["country"] = "country", ["国家"] = "country",
    };

    /// <summary>Letters that are written with marks, and what they are without.</summary>
    private const string Marked = "àaáaâaãaäaåaāaăaąaçcćcčcďdèeéeêeëeēeęeěeğgìiíiîiïiīiłlñnńnňnòoóoôoõoöoøoōoőořršsśsşsșsťtțtùuúuûuüuūuůuűuýyÿyžzźzżz";

    /// <summary>The field that a header means, or null.</summary>
    public static string? Meaning(string header) =>
        Known.GetValueOrDefault(Fold(header)) ?? Known.GetValueOrDefault(header.Trim());

    /// <summary>A header as a variable name: <c>Creator Name</c> is <c>creator_name</c>; empty when there is no letter or digit in it.</summary>
    public static string Fold(string header)
    {
        var name = new StringBuilder();
        foreach (var c in header.Trim().ToLowerInvariant())
        {
            var at = c > 127 ? Marked.IndexOf(c) : -1;
            if (char.IsAsciiLetterOrDigit(c)) name.Append(c);
            else if (at >= 0) name.Append(Marked[at + 1]);
            else if (c == 'ß') name.Append("ss");
            else if (c == 'æ') name.Append("ae");
            else if (name.Length > 0 && name[^1] != '_' && c != '\'') name.Append('_');
        }
        var text = name.ToString().TrimEnd('_');
        if (text.Length > 0 && char.IsAsciiDigit(text[0])) text = "n" + text;
        return text.Length > NameCharactersMax ? text[..NameCharactersMax].TrimEnd('_') : text;
    }
}

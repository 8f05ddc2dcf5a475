using System.Text;

namespace EmailTasks.Server.Message;

/// <summary>The task's products as <c>{{ product_cards }}</c> shows them; the same for every recipient.</summary>
internal static class ProductCards
{
    /// <summary>Two lines each, with an empty line between.</summary>
    public static string Text(IReadOnlyList<ProductCard> products) =>
        string.Join("\n\n", products.Select(p => $"{p.Title}{(Price(p) is { } price ? " - " + price : "")}\n{p.Link}"));

    /// <summary>One table each: the element every mail program lays out alike.</summary>
    public static string Html(IReadOnlyList<ProductCard> products)
    {
        var html = new StringBuilder();
        foreach (var p in products)
        {
            var link = HtmlEscape.Of(p.Link);
            html.Append("<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px 0\"><tr>");
            if (p.ThumbnailUrl is { } image)
            {
                html.Append("<td width=\"112\" valign=\"top\" style=\"padding:0 16px 0 0\"><a href=\"").Append(link)
                    .Append("\"><img src=\"").Append(HtmlEscape.Of(image)).Append("\" width=\"96\" alt=\"\" style=\"display:block;border:0\"></a></td>");
            }
            html.Append("<td valign=\"top\"><a href=\"").Append(link).Append("\"><strong>").Append(HtmlEscape.Of(p.Title)).Append("</strong></a>");
            if (Price(p) is { } price) html.Append("<br>").Append(HtmlEscape.Of(price));
            html.Append("</td></tr></table>\n");
        }
        return html.ToString();
    }

    private static string? Price(ProductCard p) =>
        string.IsNullOrWhiteSpace(p.Price) ? null : string.IsNullOrWhiteSpace(p.Currency) ? p.Price : $"{p.Price} {p.Currency}";
}

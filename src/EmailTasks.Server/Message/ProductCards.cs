using System.Text;

namespace EmailTasks.Server.Message;

/// <summary>The task's products as <c>{{ product_cards }}</c> shows them; the same for every recipient.</summary>
internal static class ProductCards
{
    /// <summary>Two lines each, with an empty line between.</summary>
    public static string Text(IReadOnlyList<ProductCard> products) =>
        string.Join("\n\n", products.Select(p => $"{p.Title}{(Price(p) is { } price ? " - " + price : "")}\n{p.Link}"));

    /// <summary>One table each: the element every mail program lays out alike. The pieces between which a product's link stands.</summary>
    public static IReadOnlyList<(string Before, ProductCard? Link)> Html(IReadOnlyList<ProductCard> products)
    {
        var pieces = new List<(string, ProductCard?)>();
        var html = new StringBuilder();
        void Link(ProductCard product)
        {
            html.Append("<a href=\"");
            pieces.Add((html.ToString(), product));
            html.Clear().Append("\">");
        }
        foreach (var p in products)
        {
            html.Append("<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px 0\"><tr>");
            if (p.ThumbnailUrl is { } image)
            {
                html.Append("<td width=\"112\" valign=\"top\" style=\"padding:0 16px 0 0\">");
                Link(p);
                html.Append("<img src=\"").Append(HtmlEscape.Of(image)).Append("\" width=\"96\" alt=\"\" style=\"display:block;border:0\"></a></td>");
            }
            html.Append("<td valign=\"top\">");
            Link(p);
            html.Append("<strong>").Append(HtmlEscape.Of(p.Title)).Append("</strong></a>");
            if (Price(p) is { } price) html.Append("<br>").Append(HtmlEscape.Of(price));
            html.Append("</td></tr></table>\n");
        }
        pieces.Add((html.ToString(), null));
        return pieces;
    }

    private static string? Price(ProductCard p) =>
        string.IsNullOrWhiteSpace(p.Price) ? null : string.IsNullOrWhiteSpace(p.Currency) ? p.Price : $"{p.Price} {p.Currency}";
}

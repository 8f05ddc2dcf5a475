using EmailTasks.Core.Content;

namespace EmailTasks.Server.Message;

/// <summary>The words for what keeps a recipient from being mailed. Values are never repeated: they may be hostile or private.</summary>
internal static class RenderProblems
{
    public static RenderProblem NoValue(VariableNode node, ValueResult value)
    {
        if (value.TooLong)
            return new RenderProblem("too_long", node.Name, $"{node.Name} becomes longer than {FilterCall.MaxValueLength} characters.", "Use shorter values or fewer filters.");
        var (problem, fix) = node.Name switch
        {
            BuiltIns.Name => ("The recipient has no name.", "Give a name, or write {{ name | default: \"there\" }}."),
            BuiltIns.SenderName => ("The sender has no name.", "Set from_name with email sender update."),
            BuiltIns.PostalAddress => ("The account has no postal address.", "Set it: noxinfluencer account update --postal-address \"<address>\""),
            BuiltIns.ProductCards => ("The task has no products.", "Set them with email products replace, or take {{ product_cards }} out."),
            BuiltIns.EmailAddress or BuiltIns.UnsubscribeUrl => ($"{node.Name} is empty.", "Check the recipient's address."),
            _ => ($"There is no value for {node.Name}.", $"Give the recipient a value, or write {{{{ {node.Name} | default: \"…\" }}}}."),
        };
        return new RenderProblem("missing_variable", node.Name, problem, fix);
    }

    public static RenderProblem Control(string name, bool inHeader) => inHeader
        ? new RenderProblem("control_character", name, $"{name} has a line break or another character that a header can't carry.", "Correct the value.")
        : new RenderProblem("control_character", name, $"{name} has a U+0000 character.", "Correct the value.");

    public static RenderProblem BadUrl(string name, string attribute) =>
        new("bad_url", name, $"With {name}, {attribute} is no http, https or mailto URL.", "Give a whole URL such as https://example.com/page.");

    /// <summary>What is wrong for every recipient alike.</summary>
    public static IReadOnlyList<RenderProblem> Of(RenderPlan plan, bool showsProducts)
    {
        var problems = new List<RenderProblem>();
        if (HeaderText.BreaksAddress(plan.SenderAddress) || !plan.SenderAddress.Contains('@', StringComparison.Ordinal))
            problems.Add(new RenderProblem("control_character", null, "The sender's address can't stand in a header.", "Correct the mailbox address."));
        if (plan.FromName is { } name && name.AsSpan().ContainsAny(HeaderText.Control))
            problems.Add(new RenderProblem("control_character", BuiltIns.SenderName, "The from name has a line break or another control character.", "Correct from_name."));
        if (plan.ReplyTo is { } reply && HeaderText.BreaksAddress(reply))
            problems.Add(new RenderProblem("control_character", null, "The reply_to address can't stand in a header.", "Correct reply_to."));
        if (!showsProducts) return problems;
        foreach (var product in plan.Products)
        {
            if (!UrlRule.AllowsWeb(product.Link) || (product.ThumbnailUrl is { } image && !UrlRule.AllowsWeb(image)))
                problems.Add(new RenderProblem("bad_url", BuiltIns.ProductCards, "A product's link or thumbnail is no http or https URL.", "Correct the product and set it again."));
            if (product.Title.Contains('\0') || product.Price?.Contains('\0') == true || product.Currency?.Contains('\0') == true)
                problems.Add(new RenderProblem("control_character", BuiltIns.ProductCards, "A product has a U+0000 character.", "Correct the product and set it again."));
        }
        return problems;
    }
}

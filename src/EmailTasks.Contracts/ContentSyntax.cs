namespace EmailTasks.Contracts;

/// <summary>What may stand in content, for whoever writes it without having read a manual. A test holds it to the language itself.</summary>
public static class ContentSyntax
{
    /// <summary>Short enough for a schema.</summary>
    public const string Text =
        "Text with {{ name }} or {{ name | filter: \"literal\" }}. Names: [a-z][a-z0-9_]{0,39}, from a recipient's variables, or built in: name, email_address, sender_name, "
        + "unsubscribe_url (whole href), postal_address, product_cards (the task's cards, as text between tags). "
        + "Filters: default: \"x\", upcase, downcase, capitalize, strip, truncate: 20, escape, append: \"x\", prepend: \"x\", replace: \"a\", \"b\". "
        + "No {% tags %}, no dots, no other filters. An empty value is missing; a missing one without default refuses the plan. Values are escaped where they land.";
}

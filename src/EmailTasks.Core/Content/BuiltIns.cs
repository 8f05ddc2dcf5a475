using System.Collections.Frozen;

namespace EmailTasks.Core.Content;

/// <summary>The names that content may use without any recipient bringing a value for them.</summary>
public static class BuiltIns
{
    /// <summary>The recipient's name.</summary>
    public const string Name = "name";

    /// <summary>The recipient's address.</summary>
    public const string EmailAddress = "email_address";

    /// <summary>The from name of the sender.</summary>
    public const string SenderName = "sender_name";

    /// <summary>The task's products as cards; only as text of the HTML body and in the text body.</summary>
    public const string ProductCards = "product_cards";

    /// <summary>Where this recipient opts out.</summary>
    public const string UnsubscribeUrl = "unsubscribe_url";

    /// <summary>The account's postal address.</summary>
    public const string PostalAddress = "postal_address";

    /// <summary>All of them.</summary>
    public static FrozenSet<string> All { get; } =
        FrozenSet.Create(StringComparer.Ordinal, Name, EmailAddress, SenderName, ProductCards, UnsubscribeUrl, PostalAddress);
}

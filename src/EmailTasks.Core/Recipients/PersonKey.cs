namespace EmailTasks.Core.Recipients;

/// <summary>
/// Who is one person behind several addresses: what stands behind a plus is a label of the same mailbox, and Gmail reads over
/// dots and has two names. Only rules about having had a mail already ask this; each address is still written to as it is.
/// </summary>
public static class PersonKey
{
    /// <summary>The person's key for an address key (<see cref="EmailAddress.Key"/>).</summary>
    public static string Of(string addressKey)
    {
        var at = addressKey.LastIndexOf('@');
        if (at <= 0) return addressKey;
        var (local, domain) = (addressKey[..at], addressKey[(at + 1)..]);
        var plus = local.IndexOf('+', StringComparison.Ordinal);
        if (plus > 0) local = local[..plus];
        if (domain is not ("gmail.com" or "googlemail.com")) return $"{local}@{domain}";
        var bare = local.Replace(".", "", StringComparison.Ordinal);
        return $"{(bare.Length > 0 ? bare : local)}@gmail.com";
    }
}

using System.Text.Json;

namespace EmailTasks.Server.Storage;

/// <summary>What of a plan's mails points at this server, as the plan keeps it.</summary>
/// <param name="Opens">Whether opens are looked for.</param>
/// <param name="Clicks">Whether clicks are.</param>
/// <param name="PublicUrl">Where recipients reach this server, or null.</param>
/// <param name="OneClick">Whether the header promises that a POST unsubscribes.</param>
/// <param name="TokenKey">The number of the key that signs.</param>
public sealed record PlanTracking(bool Opens, bool Clicks, string? PublicUrl, bool OneClick, int TokenKey)
{
    /// <summary>What a plan kept before there was tracking.</summary>
    private const string Off = "off";

    private static readonly PlanTracking Nothing = new(false, false, null, false, 0);

    /// <summary>What a plan says; nothing when there is none.</summary>
    public static PlanTracking Of(string? stored) => stored is null or Off ? Nothing : JsonSerializer.Deserialize(stored, StoredJson.Default.PlanTracking)!;

    /// <summary>As a plan keeps it.</summary>
    public string Stored() => JsonSerializer.Serialize(this, StoredJson.Default.PlanTracking);
}

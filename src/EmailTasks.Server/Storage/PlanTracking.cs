using System.Text.Json;

namespace EmailTasks.Server.Storage;

/// <summary>What of a plan's mails is tracked, as the plan keeps it.</summary>
/// <param name="HasPublicUrl">Whether recipients can opt out by a link.</param>
public sealed record PlanTracking(bool Opens, bool Clicks, bool HasPublicUrl)
{
    private static readonly PlanTracking Nothing = new(false, false, false);

    /// <summary>What a plan says; plans without tracking say <c>off</c>.</summary>
    public static PlanTracking Of(string? stored)
    {
        if (stored is null || !stored.StartsWith('{')) return Nothing;
        using var json = JsonDocument.Parse(stored);
        bool Is(string name) => json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
        return new PlanTracking(Is("opens"), Is("clicks"), json.RootElement.TryGetProperty("public_url", out var url) && url.ValueKind == JsonValueKind.String);
    }
}

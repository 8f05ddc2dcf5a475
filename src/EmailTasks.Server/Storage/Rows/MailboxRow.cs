using EmailTasks.Core.Dispatch;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>A mailbox, and the lease on it.</summary>
public sealed class MailboxRow
{
    public required string Id { get; init; }
    public required string Account { get; init; }
    public required string Kind { get; init; }
    public required string Address { get; init; }
    public required string AddressKey { get; init; }
    public string? DisplayName { get; init; }
    public required string OwnerUid { get; init; }
    public string? Path { get; init; }
    public string? Smtp { get; init; }
    public byte[]? Secret { get; init; }
    public string? Inbound { get; init; }
    public byte[]? InboundSecret { get; init; }
    public string? InboundOwner { get; init; }
    public long InboundUntil { get; init; }
    public long? InboundSyncedAt { get; init; }
    public long? InboundFailingSince { get; init; }
    public string? InboundProblem { get; init; }
    public string? InboundFix { get; init; }

    /// <summary>Whether its server's DKIM signature covers both List headers; null while nothing has shown it.</summary>
    public bool? ListHeadersSigned { get; init; }
    public long? ListHeadersAt { get; init; }
    public int? PerMinute { get; init; }
    public int? PerHour { get; init; }
    public int? PerDay { get; init; }
    public int Connections { get; init; }
    public int? WarmUpStart { get; init; }
    public int? WarmUpStep { get; init; }
    public int? WarmUpCeiling { get; init; }
    public long? WarmUpSince { get; init; }
    public int? SpacingMin { get; init; }
    public int? SpacingMax { get; init; }
    public long? LastBeginAt { get; init; }
    public string? SendWindow { get; init; }
    public string? DkimSelector { get; init; }
    public required string Health { get; init; }
    public string? HealthReason { get; init; }
    public long? HealthSince { get; init; }
    public long? NextTryAt { get; init; }
    public string? HealthProblem { get; init; }
    public string? HealthFix { get; init; }
    public int Failures { get; init; }
    public string? PausedReason { get; init; }

    /// <summary>From when the guard counts its refusals, UTC microseconds.</summary>
    public long GuardSince { get; init; }
    public long? PausedUntil { get; init; }
    public string? LeaseOwner { get; init; }
    public long Epoch { get; init; }
    public long EpochAt { get; init; }
    public long ExpiresAt { get; init; }
    public long BeginNo { get; init; }
    public int InFlight { get; init; }
    public long Version { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
    public long? DeletedAt { get; init; }

    /// <summary>Why all dispatch stands still, as stored; only <see cref="MailboxRows.HoldToBegin"/> reads it.</summary>
    public string? Standstill { get; init; }

    /// <summary>Its limits.</summary>
    public PaceLimits Limits => new(PerMinute, PerHour, PerDay, Connections)
    {
        WarmUp = WarmUpStart is { } start ? new WarmUp(start, WarmUpStep ?? 0, WarmUpCeiling ?? start, WarmUpSince ?? CreatedAt) : null,
        Spacing = SpacingMin is { } least ? new Spacing(least, SpacingMax ?? least) : null,
    };

    /// <summary>When its spacing lets the next mail begin; null when it need not wait.</summary>
    public long? NextBeginAt => LastBeginAt is { } last && Limits.Spacing is { } spacing ? last + spacing.Pause(Id, BeginNo) : null;

    /// <summary>What its limits ask about.</summary>
    public PaceState Pace(IEnumerable<UsageBucket> usage) => new(InFlight, new PaceUsage(usage), NextBeginAt);
}

using System.Text.Json;
using EmailTasks.Core.Recipients;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>A recipient, which is also its delivery.</summary>
public sealed class RecipientRow
{
    public long SetId { get; init; }
    public long Seq { get; init; }
    public string Account { get; init; } = "";
    public required string Address { get; init; }
    public string AddressKey { get; init; } = "";
    public required string Domain { get; init; }
    public string? Name { get; init; }
    public string? CreatorId { get; init; }
    public string? Platform { get; init; }
    public string? ChannelId { get; init; }
    public string? Variables { get; init; }
    public RecipientState State { get; init; }
    public string? Reason { get; init; }
    public long? StateAt { get; init; }
    public int Attempt { get; init; }
    public int Tries { get; init; }
    public int Unknown { get; init; }
    public long? BegunAt { get; init; }
    public long? FirstTryAt { get; init; }
    public long? DoneAt { get; init; }
    public long? NextAttemptAt { get; init; }
    public long? BouncedAt { get; init; }
    public long? RepliedAt { get; init; }
    public long? OpenedAt { get; init; }
    public long? ClickedAt { get; init; }
    public long? UnsubscribedAt { get; init; }
    public long? ComplainedAt { get; init; }
    public long? MachineOpenedAt { get; init; }
    public long? MachineClickedAt { get; init; }
    public long? AutoRepliedAt { get; init; }
    public bool AcceptedBeforeRetry { get; init; }
    public string? Proposal { get; init; }

    /// <summary>When other tasks mailed this person last, and had a reply; read by a list that asks for it.</summary>
    public long? SeenMailedAt { get; init; }

    /// <inheritdoc cref="SeenMailedAt"/>
    public long? SeenRepliedAt { get; init; }

    /// <summary>What came back.</summary>
    public RecipientFacts Facts => new()
    {
        [Fact.Bounced] = BouncedAt, [Fact.Opened] = OpenedAt, [Fact.MachineOpened] = MachineOpenedAt, [Fact.Clicked] = ClickedAt, [Fact.MachineClicked] = MachineClickedAt,
        [Fact.Replied] = RepliedAt, [Fact.AutoReplied] = AutoRepliedAt, [Fact.Unsubscribed] = UnsubscribedAt, [Fact.Complained] = ComplainedAt,
    };

    /// <summary>The values for the content's variables.</summary>
    public IReadOnlyDictionary<string, string>? Values =>
        Variables is null ? null : JsonSerializer.Deserialize(Variables, StoredJson.Default.DictionaryStringString);
}

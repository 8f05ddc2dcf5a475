using System.Text.Json.Serialization;

namespace EmailTasks.Server.Storage;

/// <summary>A task's sender as copied when it was set.</summary>
public sealed record SenderCopy(string SenderId, string Kind, string Address, string? FromName, string? ReplyTo);

/// <summary>A product card as copied when it was attached.</summary>
public sealed record ProductCopy(string Id, string Product, string Title, string Link, string? Price, string? Currency, string? ThumbnailUrl);

/// <summary>An SMTP server as stored; its secrets stand encrypted beside it.</summary>
public sealed record SmtpSetting(string Host, int Port, string Security, string Username, string Login, string? Provider, string? ClientId);

/// <summary>What reads replies, as stored.</summary>
public sealed record InboundSetting(string Kind, string? Host, int? Port, string? Security, string? Username, string? Path);

/// <summary>A send window as stored.</summary>
public sealed record WindowSetting(IReadOnlyList<string> Days, string From, string To, string Zone);

/// <summary>A mailbox's secrets, before encryption.</summary>
public sealed record SecretSetting(string? Password, string? ClientSecret, string? RefreshToken);

/// <summary>The footer a plan was approved with: the pieces of each body's footer, the opt-out address between them; null where nothing is added.</summary>
public sealed record FooterCopy(List<string>? Html, List<string>? Text);

/// <summary>What somebody proposed as the outcome of an uncertain row.</summary>
public sealed record ProposalCopy(string Outcome, string Reason, string Actor, string KeyId, string Uid, long At);

/// <summary>JSON as the database keeps it.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SenderCopy))]
[JsonSerializable(typeof(List<ProductCopy>))]
[JsonSerializable(typeof(SmtpSetting))]
[JsonSerializable(typeof(InboundSetting))]
[JsonSerializable(typeof(WindowSetting))]
[JsonSerializable(typeof(SecretSetting))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(List<string>))]
[JsonSerializable(typeof(List<long>))]
[JsonSerializable(typeof(EmailTasks.Contracts.KeyBounds))]
[JsonSerializable(typeof(FooterCopy))]
[JsonSerializable(typeof(ProposalCopy))]
[JsonSerializable(typeof(PlanTracking))]
[JsonSerializable(typeof(Rows.HitDetail))]
[JsonSerializable(typeof(Rows.DispatchPause))]
public sealed partial class StoredJson : JsonSerializerContext;

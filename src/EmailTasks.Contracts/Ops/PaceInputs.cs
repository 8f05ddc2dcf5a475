using System.Text.Json.Serialization;

namespace EmailTasks.Contracts;

public sealed record WarmUpInput(
    [property: Wire("Mails in 24 hours on the first day.", Min = 1, Max = 1_000_000)] int Start,
    [property: Wire("Mails added each day.", Min = 1, Max = 1_000_000)] int Step,
    [property: Wire("Mails in 24 hours where it ends; start or more.", Min = 1, Max = 1_000_000)] int Ceiling);

public sealed record SpacingInput(
    [property: Wire("The least pause between two begins, seconds.", Min = 0, Max = 86_400)] int MinSeconds,
    [property: Wire("The longest pause, seconds; min_seconds or more.", Min = 1, Max = 86_400)] int MaxSeconds);

public sealed record LimitsInput(
    [property: Wire("Mails a minute, rolling.", Min = 1, Max = 100_000)] int? PerMinute,
    [property: Wire("Mails an hour, rolling.", Min = 1, Max = 1_000_000)] int? PerHour,
    [property: Wire("Mails in 24 hours, rolling.", Min = 1, Max = 10_000_000)] int? PerDay,
    [property: Wire("Sessions at once.", Min = 1, Max = 64)] int? Connections,
    [property: Wire("A ramp for a mailbox that is new to its provider: per_day or the ramp, whichever is less. Its first day begins when it is set or changed; null takes it away."), JsonConverter(typeof(PatchConverter<WarmUpInput>))] Patch<WarmUpInput> WarmUp,
    [property: Wire("Irregular pauses: mails begin one by one, each after a pause drawn between the two lengths; null takes them away."), JsonConverter(typeof(PatchConverter<SpacingInput>))] Patch<SpacingInput> Spacing);

public sealed record WindowInput(
    [property: Wire("Days on which mail may leave.", Min = 1, Max = 7, Values = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"])] List<string> Days,
    [property: Wire("Wall clock start, HH:mm, included.", Format = WireFormat.WallTime)] string From,
    [property: Wire("Wall clock end, HH:mm, excluded; earlier than from crosses midnight.", Format = WireFormat.WallTime)] string To,
    [property: Wire("IANA zone, e.g. Europe/Berlin.", Max = 60, Format = WireFormat.TimeZone)] string Zone);

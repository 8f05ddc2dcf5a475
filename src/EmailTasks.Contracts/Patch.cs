using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace EmailTasks.Contracts;

/// <summary>
/// A member of an update: absent, null (clears) or a value. A plain nullable can't tell <c>{}</c> from
/// <c>{"note":null}</c>.
/// </summary>
public readonly record struct Patch<T>(bool IsPresent, T? Value)
{
    /// <summary>The new value where there is one, else the present one.</summary>
    public T? Or(T? present) => IsPresent ? Value : present;
}

/// <summary>Reads a <see cref="Patch{T}"/>; absent members never reach a converter and stay default.</summary>
public sealed class PatchConverter<T> : JsonConverter<Patch<T>>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override Patch<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null
            ? new Patch<T>(true, default)
            : new Patch<T>(true, JsonSerializer.Deserialize(ref reader, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T))));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Patch<T> value, JsonSerializerOptions options)
    {
        if (value.Value is null) writer.WriteNullValue();
        else JsonSerializer.Serialize(writer, value.Value, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)));
    }
}

/// <summary>Writes instants as RFC 3339 in UTC with milliseconds and <c>Z</c>.</summary>
public sealed class UtcConverter : JsonConverter<DateTimeOffset>
{
    /// <summary>The form of every instant the product writes.</summary>
    public const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString(Form));
}

using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EmailTasks.Contracts;

namespace EmailTasks.Server.Http;

/// <summary>
/// What of an answer is told: everything (<c>full=true</c>), some members (<c>fields=</c>), or the object without its long
/// texts, by <see cref="Told"/>. Here and nowhere else, for every operation; slices answer whole objects, and whole objects
/// are kept for repeated calls.
/// </summary>
internal sealed record ShortAnswer(bool Full, AnswerFields? Fields, int? Samples)
{
    /// <summary>Query members that say only how the answer is told: a repeated call may ask otherwise and is still the same call.</summary>
    public static readonly string[] Parameters = ["full", "fields", "samples"];

    /// <summary>Most samples of a plan that may be asked for.</summary>
    private const int SamplesMax = 20;

    private const int DigestCharacters = 16;

    /// <summary>True when the operation takes this parameter.</summary>
    public static bool Takes(Op op, string name) => op.Carries == Carries.Json && Parameters.Contains(name, StringComparer.Ordinal) && (name != "samples" || op.DryRunOutput is not null);

    /// <summary>Reads what was asked.</summary>
    public static ShortAnswer Read(Op op, IQueryCollection query, List<Problem> problems)
    {
        string? Given(string name) => Takes(op, name) && query.TryGetValue(name, out var values) ? values[^1] : null;
        var full = Given("full");
        if (full is not (null or "true" or "false")) problems.Add(new("full", "wrong_type", "full must be true or false.", "Write full=true."));
        int? samples = null;
        if (Given("samples") is { } text)
        {
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 0 and <= SamplesMax) samples = count;
            else problems.Add(new("samples", "out_of_range", $"samples must be a number from 0 to {SamplesMax}.", "Write it like samples=3."));
        }
        return new ShortAnswer(full == "true", Given("fields") is { } fields ? AnswerFields.Read(op, fields, problems) : null, samples);
    }

    /// <summary>A query without what only says how the answer is told.</summary>
    public static string Asked(QueryString query)
    {
        var rest = (query.Value ?? "").TrimStart('?').Split('&').Where(pair => !Parameters.Contains(pair.Split('=')[0], StringComparer.Ordinal));
        return string.Join('&', rest) is { Length: > 0 } asked ? "?" + asked : "";
    }

    /// <summary>An answer's data as it is told.</summary>
    /// <param name="shape">What the data is: the operation's answer, or its plan.</param>
    public byte[] Of(Op op, byte[] data, Shape shape)
    {
        if (Fields is null && (Full || op.TellsTexts)) return data;
        using var document = JsonDocument.Parse(data);
        var buffer = new ArrayBufferWriter<byte>(Math.Min(data.Length, 64 * 1024));
        using (var writer = new Utf8JsonWriter(buffer, Envelope.Options)) new Teller(this, op, writer).Value(document.RootElement, shape, new Place(Fields, IsTerse: op.IsMutation, LeavesNullsOut: op.IsMutation && shape == op.OutputShape, IsTop: true));
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Where in an answer something stands.</summary>
    /// <param name="Fields">What was asked for from here on; null for all.</param>
    /// <param name="IsTerse">In the answer of a change, or in its plan: what only reads tell is left out.</param>
    /// <param name="LeavesNullsOut">In the answer of a change, or in a row of a list.</param>
    /// <param name="WithoutZeros">Counts.</param>
    private readonly record struct Place(AnswerFields? Fields, bool IsTerse, bool LeavesNullsOut, bool IsTop = false, bool WithoutZeros = false)
    {
        /// <summary>Below a member that was named, everything is asked for; below another, what was named.</summary>
        public Place In(ShapeMember member, bool named) => this with
        {
            Fields = named ? null : Fields?.Below(member.Name), IsTerse = IsTerse && !named, IsTop = false,
            WithoutZeros = IsTerse && !named && member.Wire.Told == Told.NotZero,
        };
    }

    private sealed class Teller(ShortAnswer asked, Op op, Utf8JsonWriter writer)
    {
        private readonly bool _whole = asked.Full || op.TellsTexts;

        public void Value(JsonElement value, Shape shape, Place place, int most = int.MaxValue)
        {
            if (value.ValueKind == JsonValueKind.Object && shape.Kind == ShapeKind.Object) Object(value, shape, place);
            else if (value.ValueKind == JsonValueKind.Array && shape.Kind == ShapeKind.Array)
            {
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray().Take(most)) Value(item, shape.Element!, place);
                writer.WriteEndArray();
            }
            else if (value.ValueKind == JsonValueKind.Object && shape.Kind == ShapeKind.Map && place.Fields is { IsNamed: false }) Map(value, place.Fields);
            else value.WriteTo(writer);
        }

        private void Map(JsonElement value, AnswerFields fields)
        {
            writer.WriteStartObject();
            foreach (var property in value.EnumerateObject().Where(p => fields.Below(p.Name) is not null)) property.WriteTo(writer);
            writer.WriteEndObject();
        }

        private void Object(JsonElement value, Shape shape, Place place)
        {
            writer.WriteStartObject();
            foreach (var property in value.EnumerateObject())
            {
                // A member the shape does not know is told: a slice said it.
                if (shape.Member(property.Name) is { } member) Member(property.Value, member, shape.IsPage && member.Name == "items" ? place with { LeavesNullsOut = true } : place);
                else if (place.Fields is null) property.WriteTo(writer);
            }
            writer.WriteEndObject();
        }

        private void Member(JsonElement value, ShapeMember member, Place place)
        {
            var fields = place.Fields?.Below(member.Name);
            var named = fields is { IsNamed: true };
            var told = _whole || named ? Told.Whole : member.Wire.Told;
            if (place.Fields is not null) NamedStandIns(value, member, place.Fields);
            if (place.Fields is not null && fields is null) return;
            if (!named && !asked.Full && told != Told.Always && IsNothing(value, place)) return;
            var below = place.In(member, named);
            var most = member.Name == "samples" && place.IsTop && asked.Samples is { } samples && !asked.Full ? samples : member.Wire.First;
            switch (told)
            {
                case Told.WhenFull when fields is null:
                case Told.WhenRead when place.IsTerse && fields is null && !(place.IsTop && op.Tells.Contains(member.Name)):
                    return;
                case Told.Digest when value is { ValueKind: JsonValueKind.String } && Bytes(value).Length > most:
                    Digest(member.Name, Bytes(value));
                    return;
                case Told.Beginning when value is { ValueKind: JsonValueKind.String } && value.GetString() is { } text && text.Length > most:
                    var cut = char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
                    writer.WriteString(member.Name, text[..cut]);
                    writer.WriteNumber(StandIns.More(member.Name), text.Length - cut);
                    return;
                case Told.Beginning when value is { ValueKind: JsonValueKind.Array } && value.GetArrayLength() > most:
                    writer.WritePropertyName(member.Name);
                    Value(value, member.Shape, below, most);
                    writer.WriteNumber(StandIns.More(member.Name), value.GetArrayLength() - most);
                    return;
                default:
                    writer.WritePropertyName(member.Name);
                    Value(value, member.Shape, below);
                    return;
            }
        }

        private static bool IsNothing(JsonElement value, Place place) => value.ValueKind switch
        {
            // An example of nothing: a change's answer and its plan say so by the count beside it.
            JsonValueKind.Array => place is { IsTerse: true, IsTop: false } && value.GetArrayLength() == 0,
            JsonValueKind.Null => place.LeavesNullsOut,
            JsonValueKind.Number => place.WithoutZeros && value.TryGetInt64(out var number) && number == 0,
            _ => false,
        };

        /// <summary>Length and digest may be asked for by name as well.</summary>
        private void NamedStandIns(JsonElement value, ShapeMember member, AnswerFields fields)
        {
            if (member.Wire.Told != Told.Digest || value.ValueKind != JsonValueKind.String) return;
            if (fields.Below(StandIns.Bytes(member.Name)) is not null) writer.WriteNumber(StandIns.Bytes(member.Name), Bytes(value).Length);
            if (fields.Below(StandIns.Digest(member.Name)) is not null) writer.WriteString(StandIns.Digest(member.Name), Hash(Bytes(value)));
        }

        private void Digest(string name, byte[] text)
        {
            writer.WriteNumber(StandIns.Bytes(name), text.Length);
            writer.WriteString(StandIns.Digest(name), Hash(text));
        }

        private static byte[] Bytes(JsonElement text) => Encoding.UTF8.GetBytes(text.GetString()!);

        private static string Hash(byte[] text) => Convert.ToHexStringLower(SHA256.HashData(text))[..DigestCharacters];
    }
}

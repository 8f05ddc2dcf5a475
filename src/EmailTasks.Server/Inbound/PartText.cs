using MimeKit;

namespace EmailTasks.Server.Inbound;

/// <summary>The text of a part, up to a limit.</summary>
internal static class PartText
{
    /// <summary>Decodes a part's bytes; <paramref name="cut"/> tells whether there were more. Never throws.</summary>
    public static string Of(MimeEntity entity, int maxBytes, out bool cut)
    {
        cut = false;
        if (entity is not MimePart { Content: { } content }) return "";
        // Decoding makes nothing longer: hundreds of small parts once cost a whole buffer each.
        var bytes = new byte[content.Stream is { CanSeek: true } encoded ? (int)Math.Min(maxBytes, encoded.Length) + 1 : maxBytes + 1];
        var length = 0;
        try
        {
            using var stream = content.Open();
            while (length < bytes.Length && stream.Read(bytes, length, bytes.Length - length) is > 0 and var read) length += read;
        }
        catch (Exception e) when (e is IOException or FormatException or ArgumentException or NotSupportedException or InvalidOperationException)
        {
            // A broken transfer encoding: what was decoded so far is the text.
        }
        cut = length > maxBytes;
        return SafeText.Lines(Charsets.Decode(bytes.AsSpan(0, Math.Min(length, maxBytes)), entity.ContentType.Charset), maxBytes);
    }

    /// <summary>Whether a part is text that stands in the mail itself.</summary>
    public static bool IsInline(MimeEntity entity, string subtype) =>
        entity is MimePart part && part.ContentType.IsMimeType("text", subtype)
        && part.ContentDisposition?.Disposition.Equals("attachment", StringComparison.OrdinalIgnoreCase) != true;
}

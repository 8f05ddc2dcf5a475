using System.Security.Cryptography;

namespace EmailTasks.Core.Dns;

/// <summary>What a DKIM key record is good for (RFC 6376 §3.6.1, RFC 8301, RFC 8463).</summary>
public static class DkimCheck
{
    /// <summary>Keys below are to be ignored by receivers (RFC 8301 §3.2).</summary>
    public const int RsaBitsMin = 1024;

    /// <summary>What RFC 8301 advises; providers make keys of this size.</summary>
    public const int RsaBitsAdvised = 2048;

    /// <summary>Characters of a record: a key of 8,192 bits has 1,400.</summary>
    public const int RecordMax = 4_096;

    private const int Ed25519Bytes = 32;

    /// <summary>The name whose TXT record is asked for.</summary>
    public static string Name(string selector, string domain) => $"{selector.ToLowerInvariant()}._domainkey.{domain}";

    private const string HowToFind = "Send a mail from this mailbox to yourself, look for s= in its DKIM-Signature header, and give it as dkim_selector with `mailbox update`.";

    /// <summary>Nobody said which selector signs, and there is no inbox to look for it.</summary>
    public static DnsFinding NoSelector { get; } =
        DnsFinding.Of(DnsResult.Unknown, "no_selector", null, "The DKIM selector of this mailbox is not known, so its key was not looked up.", HowToFind);

    /// <summary>Nobody said which selector signs, and no mail of this mailbox shows it.</summary>
    public static DnsFinding NoneSeen { get; } = DnsFinding.Of(DnsResult.Unknown, "no_signed_mail", null,
        "The DKIM selector is not known: none of the newest mails in the Sent folder, and none from this address in the inbox, carries a signature of this domain.", HowToFind);

    /// <summary>Judges the answer for <see cref="Name"/>.</summary>
    public static DnsFinding Look(string name, TxtAnswer answer)
    {
        if (answer.Status == LookupStatus.Failed) return DnsFinding.NoAnswer(name);
        var keys = answer.Texts.Where(IsKey).ToList();
        return keys switch
        {
            [] when answer.Texts.Count > 0 => Bad("no_key", answer.Texts[0], "The record at the selector is no DKIM key.", "Publish the key record your provider shows, unchanged."),
            [] => DnsFinding.Of(DnsResult.None, "no_record", null, $"There is no DKIM key at {DnsFinding.Shown(name)}.", "Turn DKIM on at your provider and publish the key record it shows, or give the right dkim_selector with `mailbox update`."),
            [{ Length: > RecordMax } key] => Bad("too_long", key, "The DKIM key record is far too long.", "Publish the key record your provider shows, unchanged."),
            [var key] => Key(key, TagList.Parse(key)),
            _ => Bad("several_records", keys[0], $"There are {keys.Count} DKIM keys at one selector; receivers may take either.", "Leave only the one that your provider shows."),
        };
    }

    /// <summary>Something that wants to be a key: it has a p=, or says that it is DKIM.</summary>
    private static bool IsKey(string text) =>
        text.TrimStart().StartsWith("v=DKIM1", StringComparison.OrdinalIgnoreCase) || text.Split(';').Any(t => t.TrimStart().StartsWith("p=", StringComparison.Ordinal));

    private static DnsFinding Key(string text, IReadOnlyList<(string Name, string Value)>? tags)
    {
        if (tags is null) return Bad("unreadable", text, "The DKIM key record cannot be read.", "Publish the key record your provider shows, unchanged.");
        if (tags.Value("v") is { } version && (version != "DKIM1" || tags[0].Name != "v")) return Bad("wrong_version", text, "The DKIM key record must begin with v=DKIM1.", "Let it begin so.");
        if (tags.Value("p") is not { } p) return Bad("no_key", text, "The DKIM key record holds no key (p=).", "Publish the key record your provider shows, unchanged.");
        if (p.Length == 0) return Bad("revoked", text, "The DKIM key was revoked: its p= is empty.", "Turn on a new key at your provider and give its selector as dkim_selector.");
        if (!Lists(tags.Value("h"), "sha256")) return Bad("no_sha256", text, "The DKIM key does not allow SHA-256, and nothing else is accepted.", "Take h= out of the record.");
        if (!Lists(tags.Value("s"), "email") && !Lists(tags.Value("s"), "*")) return Bad("not_for_mail", text, "The DKIM key is not meant for mail (s=).", "Take s= out of the record.");
        var type = tags.Value("k") ?? "rsa";
        var found = type switch
        {
            "rsa" => Rsa(text, p),
            "ed25519" => Ed25519(text, p),
            _ => Bad("unknown_type", text, "The DKIM key is of a kind receivers do not know.", "Use an RSA key of 2048 bits."),
        };
        return found.Result == DnsResult.Pass && tags.Value("t")?.Split(':').Any(f => f.Trim() == "y") == true
            ? DnsFinding.Of(DnsResult.Warning, "testing", text, "The DKIM key says it is only being tested (t=y): receivers may treat the mail as unsigned.", "Take t=y out of the record.")
            : found;
    }

    private static DnsFinding Rsa(string text, string p)
    {
        if (Base64(p) is not { } bytes || Bits(bytes) is not { } bits) return Bad("bad_key", text, "The DKIM key is damaged: it is no RSA key.", "Publish the key record your provider shows, whole and unchanged.");
        if (bits < RsaBitsMin) return Bad("key_too_short", text, $"The DKIM key has {bits} bits; receivers ignore keys under {RsaBitsMin}.", $"Make a key of {RsaBitsAdvised} bits.");
        return bits < RsaBitsAdvised
            ? DnsFinding.Of(DnsResult.Warning, "key_short", text, $"The DKIM key has {bits} bits; {RsaBitsAdvised} are advised.", $"Make a key of {RsaBitsAdvised} bits.")
            : DnsFinding.Pass(text);
    }

    private static DnsFinding Ed25519(string text, string p) => Base64(p) is { Length: Ed25519Bytes }
        ? DnsFinding.Of(DnsResult.Warning, "ed25519", text, "The DKIM key is Ed25519; several large receivers check RSA only.", $"Sign with an RSA key of {RsaBitsAdvised} bits as well.")
        : Bad("bad_key", text, "The DKIM key is damaged: it is no Ed25519 key.", "Publish the key record your provider shows, whole and unchanged.");

    private static int? Bits(byte[] key)
    {
        using var rsa = RSA.Create();
        foreach (var read in new Action[] { () => rsa.ImportSubjectPublicKeyInfo(key, out _), () => rsa.ImportRSAPublicKey(key, out _) })
        {
            try
            {
                read();
                return rsa.KeySize;
            }
            catch (CryptographicException)
            {
                // The other form, or none.
            }
        }
        return null;
    }

    private static byte[]? Base64(string text)
    {
        var packed = string.Concat(text.Where(c => c is not (' ' or '\t' or '\r' or '\n')));
        var bytes = new byte[packed.Length];
        return Convert.TryFromBase64String(packed, bytes, out var count) ? bytes[..count] : null;
    }

    private static bool Lists(string? value, string word) =>
        value is null || value.Split(':').Any(w => w.Trim().Equals(word, StringComparison.OrdinalIgnoreCase));

    private static DnsFinding Bad(string code, string record, string problem, string fix) => DnsFinding.Of(DnsResult.Permerror, code, record, problem, fix);
}

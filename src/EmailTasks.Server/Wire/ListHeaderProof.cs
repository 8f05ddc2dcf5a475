using EmailTasks.Core.Dns;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;

namespace EmailTasks.Server.Wire;

/// <summary>
/// Whether a mail server signs both List headers (RFC 8058 §4), told by a mail of our own that came back with its signature. A
/// signature is believed only when it is valid: anybody may write a mail that says it is ours.
/// </summary>
internal static class ListHeaderProof
{
    private const string Header = "List-Unsubscribe";
    private const string PostHeader = "List-Unsubscribe-Post";

    /// <summary>Signatures of one mail that are checked, each with a look-up.</summary>
    private const int SignaturesMax = 3;

    /// <summary>True or false as a valid signature of the sender's domain tells; null when none does.</summary>
    public static async Task<bool?> Read(byte[] raw, string senderDomain, NameLookups names, CancellationToken ct)
    {
        try
        {
            using var message = await MimeMessage.LoadAsync(new MemoryStream(raw), ct);
            if (!message.Headers.Contains(Header) || !message.Headers.Contains(PostHeader)) return null;
            bool? told = null;
            foreach (var header in message.Headers.Where(h => h.Id == HeaderId.DkimSignature && DkimSelector.Of(h.Value, senderDomain, SelectorSource.OwnMail) is not null).Take(SignaturesMax).ToList())
            {
                if (!await new DkimVerifier(new Keys(names)).VerifyAsync(message, header, ct)) continue;
                if (Covers(header.Value)) return true;
                told = false;
            }
            return told;
        }
        catch (Exception e) when (e is FormatException or ParseException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            return null; // a broken mail or key proves nothing
        }
    }

    private static bool Covers(string signature)
    {
        var signed = (DkimSelector.SignedHeaders(signature) ?? []).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return signed.Contains(Header) && signed.Contains(PostHeader);
    }

    private sealed class Keys(NameLookups names) : DkimPublicKeyLocatorBase
    {
        public override AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override async Task<AsymmetricKeyParameter> LocatePublicKeyAsync(string methods, string domain, string selector, CancellationToken cancellationToken = default)
        {
            var answer = await names.TextsAsync(DkimCheck.Name(selector, domain), cancellationToken);
            return answer.Texts is [var key, ..] ? GetPublicKey(key) : throw new InvalidOperationException("There is no such key.");
        }
    }
}

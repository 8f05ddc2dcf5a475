using EmailTasks.Core.Dns;
using EmailTasks.Server.Wire;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;

namespace EmailTasks.Server.Inbound;

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

    /// <summary>All look-ups of one mail together: reading waits for them.</summary>
    private static readonly TimeSpan LookUps = TimeSpan.FromSeconds(5);

    /// <summary>Signatures of one mail that are looked at, ours or not.</summary>
    private const int HeadersMax = 20;

    /// <summary>What a valid signature of the sender's domain tells.</summary>
    /// <param name="mail">As it came. One that was cut is not what was signed; a large one is none of ours.</param>
    /// <param name="size">Its bytes.</param>
    public static async Task<OwnMailProof> Read(ParsedMail mail, long size, string senderDomain, NameLookups names, TimeProvider time, CancellationToken ct)
    {
        if (mail.Truncated || size > InboundLimits.ProofBytes || mail.Message is not { } message) return default;
        var hasBoth = mail.Header(Header) is not null && mail.Header(PostHeader) is not null;
        using var limit = new CancellationTokenSource(LookUps, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        var proof = default(OwnMailProof);
        try
        {
            var signatures = message.Headers.Where(h => h.Id == HeaderId.DkimSignature && h.RawValue.Length <= DkimSelector.SignatureMax).Take(HeadersMax);
            foreach (var header in signatures.Where(h => DkimSelector.Of(h.Value, senderDomain, SelectorSource.OwnMail) is not null).Take(SignaturesMax).ToList())
            {
                if (!await new DkimVerifier(new Keys(names)).VerifyAsync(message, header, both.Token)) continue;
                proof = new OwnMailProof(hasBoth ? proof.ListHeaders == true || Covers(header.Value, Header, PostHeader) : null, proof.SignsTo || Covers(header.Value, "To"));
            }
            return proof;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return proof; // the name server is slow: the next mail may tell more
        }
        catch (Exception e) when (e is FormatException or ParseException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            return proof; // a broken mail or key proves nothing
        }
    }

    private static bool Covers(string signature, params ReadOnlySpan<string> headers)
    {
        var signed = (DkimSelector.SignedHeaders(signature) ?? []).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var header in headers)
            if (!signed.Contains(header))
                return false;
        return true;
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

/// <summary>What a mail of our own proved by a valid signature.</summary>
/// <param name="ListHeaders">Whether both List headers are signed; null when nothing tells.</param>
/// <param name="SignsTo">Whether it is signed for whom it was meant: nobody can send it on to somebody else.</param>
internal readonly record struct OwnMailProof(bool? ListHeaders, bool SignsTo);

using System.Security.Cryptography;
using System.Text;

namespace EmailTasks.Server.Storage.Transfer;

/// <summary>
/// The master key under a passphrase. It moves whole, so that secrets, API keys, Message-IDs and opt-out links that are
/// out in the world stay valid (ADR 0024).
/// </summary>
/// <param name="Sealed">Nonce, ciphertext, tag.</param>
internal sealed record SealedKey(int Iterations, byte[] Salt, byte[] Sealed)
{
    private const int IterationsNow = 600_000;

    /// <summary>A file that asks for more is no file of ours: it would only keep the machine busy.</summary>
    private const int IterationsMax = 10_000_000;

    private const int SaltBytes = 16;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int KeyBytes = 32;

    /// <summary>Seals a key.</summary>
    public static SealedKey Of(byte[] master, string passphrase)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var bytes = new byte[NonceBytes + master.Length + TagBytes];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(Key(passphrase, salt, IterationsNow), TagBytes);
        aes.Encrypt(bytes.AsSpan(0, NonceBytes), master, bytes.AsSpan(NonceBytes, master.Length), bytes.AsSpan(NonceBytes + master.Length), salt);
        return new SealedKey(IterationsNow, salt, bytes);
    }

    /// <summary>The key, or null when the passphrase is another one.</summary>
    public byte[]? Open(string passphrase)
    {
        if (Sealed.Length != NonceBytes + KeyBytes + TagBytes || Iterations is < 1 or > IterationsMax) return null;
        var master = new byte[KeyBytes];
        using var aes = new AesGcm(Key(passphrase, Salt, Iterations), TagBytes);
        try
        {
            aes.Decrypt(Sealed.AsSpan(0, NonceBytes), Sealed.AsSpan(NonceBytes, KeyBytes), Sealed.AsSpan(NonceBytes + KeyBytes), master, Salt);
            return master;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static byte[] Key(string passphrase, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(passphrase.Normalize()), salt, iterations, HashAlgorithmName.SHA256, KeyBytes);
}

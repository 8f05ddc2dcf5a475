using System.Security.Cryptography;
using System.Text;
using EmailTasks.Server.Storage;

namespace EmailTasks.Server.Hosting;

/// <summary>
/// Keys derived from the master key, one per purpose, so that none tells anything about another. The master key lies in
/// <c>DIR/master.key</c> (0600) or comes from <c>NOXINFLUENCER_MASTER_KEY</c>.
/// </summary>
public sealed class Keyring
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly byte[] _secrets;
    private readonly byte[] _unbound;
    private readonly byte[] _apiKeys;
    private readonly byte[] _requests;
    private readonly byte[] _tokens;

    /// <summary>Derives everything from a master key of 32 bytes.</summary>
    public Keyring(byte[] master)
    {
        _secrets = Derive(master, "mailbox secrets v2");
        _unbound = Derive(master, "mailbox secrets v1");
        _apiKeys = Derive(master, "api keys v1");
        _requests = Derive(master, "idempotency v1");
        _tokens = Derive(master, "delivery tokens v1");
        Check = Convert.ToHexStringLower(Derive(master, "check v1"));
    }

    /// <summary>Tells whether a database was made with this master key, and nothing else.</summary>
    public string Check { get; }

    /// <summary>What is stored of an API key.</summary>
    public string HashApiKey(string key) => Convert.ToHexStringLower(HMACSHA256.HashData(_apiKeys, Encoding.UTF8.GetBytes(key)));

    /// <summary>What is stored of a request: method, path, query and body; keyed, because bodies hold passwords.</summary>
    public string HashRequest(string method, string pathAndQuery, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _requests);
        hash.AppendData(Encoding.UTF8.GetBytes($"{method}\n{pathAndQuery}\n{body.Length}\n"));
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>A key that signs deliveries; see <see cref="TokenKeys"/>.</summary>
    public byte[] DeliveryKey(int number) => number == 0 ? _tokens : Derive(_tokens, $"delivery tokens v1, {number}");

    /// <summary>Signs a delivery for one purpose; 128 bits.</summary>
    public static byte[] SignDelivery(byte[] key, string purpose, ReadOnlySpan<byte> delivery)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(Encoding.UTF8.GetBytes(purpose));
        hash.AppendData([0]);
        hash.AppendData(delivery);
        return hash.GetHashAndReset()[..16];
    }

    /// <summary>Encrypts a mailbox's secret, bound to where it belongs.</summary>
    public byte[] Seal(SecretPlace place, byte[] secret)
    {
        var sealed_ = new byte[NonceBytes + secret.Length + TagBytes];
        RandomNumberGenerator.Fill(sealed_.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(_secrets, TagBytes);
        aes.Encrypt(sealed_.AsSpan(0, NonceBytes), secret, sealed_.AsSpan(NonceBytes, secret.Length), sealed_.AsSpan(NonceBytes + secret.Length), place.Bytes());
        return sealed_;
    }

    /// <summary>Decrypts what <see cref="Seal"/> made for the same place.</summary>
    /// <exception cref="CryptographicException">It belongs elsewhere.</exception>
    public byte[] Open(SecretPlace place, byte[] sealed_) => Open(_secrets, place.Bytes(), sealed_);

    /// <summary>Decrypts what was sealed before secrets were bound to a server; only to be bound.</summary>
    internal byte[] OpenUnbound(string mailbox, byte[] sealed_) => Open(_unbound, Encoding.UTF8.GetBytes(mailbox), sealed_);

    private static byte[] Open(byte[] key, byte[] place, byte[] sealed_)
    {
        if (sealed_.Length < NonceBytes + TagBytes) throw new CryptographicException("It is too short.");
        var secret = new byte[sealed_.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(sealed_.AsSpan(0, NonceBytes), sealed_.AsSpan(NonceBytes, secret.Length), sealed_.AsSpan(NonceBytes + secret.Length), secret, place);
        return secret;
    }

    /// <summary>Reads the master key, or makes one on the first start.</summary>
    public static byte[] LoadMaster(string folder, bool mayCreate)
    {
        if (Environment.GetEnvironmentVariable("NOXINFLUENCER_MASTER_KEY") is { Length: > 0 } given)
        {
            return TryHex(given) ?? throw new InvalidOperationException("NOXINFLUENCER_MASTER_KEY must be 64 hexadecimal characters.");
        }
        var path = Path.Combine(folder, "master.key");
        if (File.Exists(path)) return TryHex(File.ReadAllText(path).Trim()) ?? throw new InvalidOperationException($"{path} is damaged: it must hold 64 hexadecimal characters.");
        if (!mayCreate) throw new InvalidOperationException($"{path} is missing, but the database was made with one. Put it back, or set NOXINFLUENCER_MASTER_KEY.");
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        PrivateFile.Write(path, Convert.ToHexStringLower(key));
        return key;
    }

    /// <summary>Takes over the key of an installation that moves here.</summary>
    /// <exception cref="InvalidOperationException">There is another one already.</exception>
    public static void Adopt(string folder, byte[] master)
    {
        var path = Path.Combine(folder, "master.key");
        if (Environment.GetEnvironmentVariable("NOXINFLUENCER_MASTER_KEY") is { Length: > 0 } || File.Exists(path))
        {
            if (!LoadMaster(folder, mayCreate: false).AsSpan().SequenceEqual(master))
                throw new InvalidOperationException("There is another master key here. Name a fresh folder, and unset NOXINFLUENCER_MASTER_KEY: the file brings its own.");
            return;
        }
        PrivateFile.Write(path, Convert.ToHexStringLower(master));
    }

    private static byte[]? TryHex(string text) =>
        text.Length == KeyBytes * 2 && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null;

    private static byte[] Derive(byte[] master, string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, master, KeyBytes, info: Encoding.UTF8.GetBytes(purpose));
}

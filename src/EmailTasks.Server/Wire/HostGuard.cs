using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;

namespace EmailTasks.Server.Wire;

/// <summary>What a host name came to: addresses that may be connected to, or why there are none.</summary>
/// <param name="Addresses">Checked addresses; connect to one of these, never to the name again.</param>
/// <param name="Refusal">Our words when host or port is not allowed, else null.</param>
/// <param name="Loopback">Every address is loopback.</param>
public sealed record HostCheck(IReadOnlyList<IPAddress> Addresses, string? Refusal, bool Loopback);

/// <summary>
/// Keeps a mailbox from being a way into the network behind this server: the name is resolved once, every address it has is
/// checked, and the connection goes to a checked address, so that a second answer of the name server cannot change the target.
/// </summary>
public static class HostGuard
{
    /// <summary>The ports of mail: SMTP relay and submission, IMAP.</summary>
    public static FrozenSet<int> Ports { get; } = FrozenSet.Create(25, 465, 587, 2525, 143, 993);

    // Networks that are not the public internet, or that lead back into this one.
    private static readonly IPNetwork[] Closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "168.63.129.16/32",   // Azure's host agent, a metadata service at a public address
            "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16",
            "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>Whether an address is loopback, private, link-local, carrier-grade NAT, metadata, multicast, unspecified, reserved, or an
    /// IPv6 form that carries an IPv4 address (mapped, NAT64, 6to4, Teredo).</summary>
    public static bool IsClosed(IPAddress address) =>
        address.IsIPv4MappedToIPv6   // as a network, ::ffff:0:0/96 contains nothing: IPNetwork reads mapped addresses as IPv4
        || Closed.Any(n => n.BaseAddress.AddressFamily == address.AddressFamily && n.Contains(Unscoped(address)));

    /// <summary>Resolves and checks.</summary>
    /// <exception cref="SocketException">The name does not resolve.</exception>
    public static Task<HostCheck> ResolveAsync(string host, int port, bool allowPrivate, CancellationToken ct) => ResolveAsync(host, port, allowPrivate, null, ct);

    /// <summary>The same with a name server of the operator's.</summary>
    /// <exception cref="SocketException">The name does not resolve.</exception>
    public static async Task<HostCheck> ResolveAsync(string host, int port, bool allowPrivate, NameLookups? names, CancellationToken ct)
    {
        if (port is < 1 or > 65535 || (!allowPrivate && !Ports.Contains(port)))
            return new HostCheck([], $"Port {port} is not a mail port.", Loopback: false);

        // A literal is taken as it is: the resolver refuses 0.0.0.0 with an exception about its argument.
        IPAddress[] addresses = IPAddress.TryParse(host, out var literal) ? [literal] : names is null ? await Dns.GetHostAddressesAsync(host, ct) : await names.AddressesAsync(host, ct);
        if (addresses.Length == 0) throw new SocketException((int)SocketError.HostNotFound);
        if (!allowPrivate && addresses.Any(IsClosed))
            return new HostCheck([], "The host is an address of this computer or of a private network.", Loopback: false);
        return new HostCheck(addresses, null, addresses.All(IsLoopback));
    }

    /// <summary>Connects to the first checked address that answers; <paramref name="limit"/> holds for each.</summary>
    /// <exception cref="SocketException">None answered; the last reason.</exception>
    /// <exception cref="TimeoutException">None answered in time.</exception>
    public static async Task<Socket> ConnectAsync(HostCheck check, int port, TimeSpan limit, TimeProvider time, CancellationToken ct)
    {
        Exception? last = null;
        foreach (var address in check.Addresses)
        {
            // No delay: the end of data must not wait for the acknowledgement of the block before it.
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var own = new CancellationTokenSource(limit, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, own.Token);
            try
            {
                await socket.ConnectAsync(address, port, both.Token);
                return socket;
            }
            catch (Exception e)
            {
                socket.Dispose();
                ct.ThrowIfCancellationRequested();
                last = e is OperationCanceledException ? new TimeoutException("No connection in time.", e) : e;
            }
        }
        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    private static bool IsLoopback(IPAddress a) => IPAddress.IsLoopback(a.IsIPv4MappedToIPv6 ? a.MapToIPv4() : a);

    private static IPAddress Unscoped(IPAddress a) =>
        a.AddressFamily == AddressFamily.InterNetworkV6 && a.ScopeId != 0 ? new IPAddress(a.GetAddressBytes()) : a;
}

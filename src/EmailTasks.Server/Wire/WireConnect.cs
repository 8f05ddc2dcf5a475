using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace EmailTasks.Server.Wire;

/// <summary>The way to a mail server that SMTP and IMAP share: checked addresses, time limits, certificates.</summary>
internal static class WireConnect
{
    /// <summary>A connection to a checked address, or why it is not allowed.</summary>
    public static async Task<(Socket? Socket, string? Refusal)> OpenAsync(SmtpSettings settings, CancellationToken ct)
    {
        using var limit = Limit(settings, settings.Timeouts.Connect, ct, out var timer);
        using (timer)
        {
            HostCheck check;
            try
            {
                check = await HostGuard.ResolveAsync(settings.Host, settings.Port, settings.AllowPrivateHosts, settings.Names, limit.Token);
            }
            catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
            {
                throw new TimeoutException("The name did not resolve in time.", e);
            }
            if (check.Refusal is not null) return (null, check.Refusal);
            if (settings.Security == WireSecurity.None && !check.Loopback) return (null, "A connection without TLS is only allowed to this computer.");
            return (await HostGuard.ConnectAsync(check, settings.Port, settings.Timeouts.Connect, settings.Time, ct), null);
        }
    }

    /// <summary>A token that ends with the caller's or after the limit.</summary>
    public static CancellationTokenSource Limit(SmtpSettings settings, TimeSpan limit, CancellationToken ct, out CancellationTokenSource timer)
    {
        timer = new CancellationTokenSource(limit, settings.Time);
        return CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token);
    }

    /// <summary>The system's judgement stands; only an unknown root may be one that the operator gave. A wrong name is never excused.</summary>
    public static bool IsTrusted(X509Certificate? certificate, SslPolicyErrors errors, X509Certificate2Collection? extraRoots)
    {
        if (errors == SslPolicyErrors.None) return true;
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || extraRoots is not { Count: > 0 } || certificate is not X509Certificate2 leaf) return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(extraRoots);
        return chain.Build(leaf);
    }
}

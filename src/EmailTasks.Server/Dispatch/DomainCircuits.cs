using EmailTasks.Core.Dispatch;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// A circuit per recipient domain: three temporary refusals in a row close it for a while, then one probe at a time.
/// Other domains go on.
/// </summary>
internal sealed class DomainCircuits(TimeProvider time)
{
    private const int InARow = 3;

    private readonly Dictionary<string, Circuit> _circuits = new(StringComparer.Ordinal);

    /// <summary>Domains whose closed circuit may be probed now: one mail each.</summary>
    public IReadOnlyList<string> Probing() =>
        [.. _circuits.Where(c => c.Value.Failures >= InARow && !c.Value.ProbeUnderWay && time.GetTimestamp() >= c.Value.ClosedUntil).Select(c => c.Key)];

    /// <summary>Domains to leave out.</summary>
    public IReadOnlyList<string> Closed() =>
        [.. _circuits.Where(c => c.Value.Failures >= InARow && (c.Value.ProbeUnderWay || time.GetTimestamp() < c.Value.ClosedUntil)).Select(c => c.Key)];

    /// <summary>A mail to this domain began.</summary>
    public void Began(string domain)
    {
        if (_circuits.TryGetValue(domain, out var circuit) && circuit.Failures >= InARow) circuit.ProbeUnderWay = true;
    }

    /// <summary>It ended.</summary>
    public void Ended(string domain, SmtpVerdict verdict)
    {
        if (!verdict.DomainTemporary)
        {
            if (verdict.Outcome is VerdictOutcome.Sent or VerdictOutcome.Failed) _circuits.Remove(domain);
            else if (_circuits.TryGetValue(domain, out var same)) same.ProbeUnderWay = false;
            return;
        }
        if (!_circuits.TryGetValue(domain, out var circuit)) _circuits[domain] = circuit = new Circuit();
        circuit.Failures++;
        circuit.ProbeUnderWay = false;
        if (circuit.Failures < InARow) return;
        var wait = HealthBackoff.Next(circuit.Failures, 0.5);
        circuit.ClosedUntil = time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency);
    }

    private sealed class Circuit
    {
        public int Failures { get; set; }
        public bool ProbeUnderWay { get; set; }
        public long ClosedUntil { get; set; }
    }
}

/// <summary>Final refusals in a row: five over three or more domains speak of the sender.</summary>
internal sealed class HardRefusals
{
    private const int InARow = 5;
    private const int Domains = 3;

    private readonly List<string> _domains = [];

    /// <summary>Takes a result; true when the mailbox is to be paused.</summary>
    public bool Add(SmtpVerdict verdict, string domain)
    {
        if (!verdict.CountsAsHardRefusal)
        {
            if (verdict.Outcome == VerdictOutcome.Sent) _domains.Clear();
            return false;
        }
        _domains.Add(domain);
        if (_domains.Count < InARow || _domains.Distinct(StringComparer.Ordinal).Count() < Domains) return false;
        _domains.Clear();
        return true;
    }
}

using System.Text.RegularExpressions;
using EmailTasks.Core.Dns;

namespace EmailTasks.Core.Tests.Dns;

/// <summary>TXT answers as the tables write them.</summary>
internal static class DnsTables
{
    public static TxtAnswer Answer(string cell) => cell switch
    {
        "NXDOMAIN" => TxtAnswer.NoSuchName,
        "FAILED" => TxtAnswer.Failed,
        "-" => TxtAnswer.Of(),
        _ => TxtAnswer.Of([.. cell.Split(" || ").Select(Text)]),
    };

    /// <summary>What must hold for every finding, whatever the record says.</summary>
    public static string? Broken(DnsFinding f) =>
        (f.Result == DnsResult.Pass) != (f.Problem is null && f.Fix is null && f.Code == "ok") ? "a pass says nothing, everything else says what and how"
        : f.Problem?.EndsWith('.') == false || f.Fix?.EndsWith('.') == false ? "sentences end"
        : $"{f.Record}{f.Problem}{f.Fix}".Any(c => c is < ' ' or (> '~' and not '…')) ? "text from outside is cleaned"
        : f.Record?.Length > DnsFinding.RecordShown + 1 || f.Problem?.Length > 3 * DnsFinding.RecordShown ? "it is short"
        : null;

    private static string Text(string cell) => Regex.Replace(cell, @"A\*(?<times>\d+)", m => new string('A', int.Parse(m.Groups["times"].Value)), RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
}

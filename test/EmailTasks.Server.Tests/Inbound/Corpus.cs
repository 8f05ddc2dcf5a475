using EmailTasks.Core.Inbound;
using EmailTasks.Testing;

namespace EmailTasks.Server.Tests.Inbound;

/// <summary>One labelled message of <c>test/data/inbound</c>.</summary>
public sealed record Sample(string File, InboundKind Kind, BounceKind? Bounce, string? Recipient, string Reason, string Why)
{
    public byte[] Bytes => System.IO.File.ReadAllBytes(Path.Combine(Corpus.Folder, File));

    public override string ToString() => $"{File}: {Why}";
}

/// <summary>The labelled messages.</summary>
internal static class Corpus
{
    public static string Folder { get; } = Repository.At("test/data/inbound");

    public static IReadOnlyList<Sample> All { get; } =
    [
        .. from line in System.IO.File.ReadLines(Path.Combine(Folder, "labels.tsv"))
           where line[0] != '#'
           let c = line.Split('\t')
           select new Sample(c[0], Enum.Parse<InboundKind>(c[1]), c[2] == "-" ? null : Enum.Parse<BounceKind>(c[2]), c[3] == "-" ? null : c[3], c[4], c[5]),
    ];
}

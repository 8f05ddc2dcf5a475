namespace EmailTasks.Server.Http;

/// <summary>
/// What a change comes to, in both forms: as done, and in the conditional of its dry run. There is no saying one alone, so
/// that no dry run tells of something that did not happen.
/// </summary>
public sealed record Said
{
    private Said(string done, string would) => (Done, Would) = (done, would);

    /// <summary>After it was done.</summary>
    public string Done { get; }

    /// <summary>Before it is done.</summary>
    public string Would { get; }

    /// <summary>A change in both forms.</summary>
    /// <exception cref="ArgumentException">The second one is not in the conditional.</exception>
    public static Said Of(string done, string would) =>
        would.Contains("would", StringComparison.Ordinal) ? new(done, would) : throw new ArgumentException($"\"{would}\" is not in the conditional.", nameof(would));

    /// <summary>Something was done to something: "Product deleted.", "Product would be deleted."</summary>
    public static Said Of(string what, string participle, string more) => new($"{what} {participle}{more}", $"{what} would be {participle}{more}");

    /// <summary>Nothing is to be changed: true either way, in the present.</summary>
    public static Said Already(string present) => new(present, present);

    /// <summary>The same with another sentence, where it applies.</summary>
    public Said And(bool applies, string done, string would) => applies ? new($"{Done} {done}", $"{Would} {would}") : this;

    /// <summary>The same with a fact that is true either way, where it applies.</summary>
    public Said And(bool applies, string present) => And(applies, present, present);
}

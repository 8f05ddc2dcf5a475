using EmailTasks.Contracts;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Accounts;

/// <summary>What a person should look at, beside the settings.</summary>
internal static class Alerts
{
    /// <summary>Who has not looked within a week has seen it and let it stand.</summary>
    private const long ShownMicros = 7L * 24 * 3600 * 1_000_000;

    /// <summary>The alert that stands, or null.</summary>
    public static async ValueTask<OptOutAlert?> Of(Db db, string account)
    {
        if (await GateRows.Account(db, account) is not { AddressOnlySince: { } since, AddressOnlyAt: { } last } || db.Now - last > ShownMicros) return null;
        var count = await AddressOnlyRows.Count(db, account, since);
        var from = Micros.At(since).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        return new OptOutAlert(
            count, Micros.At(since), $"{Plural.Of(count, "opt-out")} came by mail that nothing but a sender's address proves, more than {AddressOnlyRows.HourMax} of them within an hour: somebody may be emptying your list.",
            "Look at them; a person may take them all back at once.",
            NextStep.Of(SuppressionOps.List).With("strength", SuppressionStrengths.AddressOnly).With("since", from).Command,
            NextStep.Of(SuppressionOps.Undo).With("strength", SuppressionStrengths.AddressOnly).With("since", from).Command);
    }
}

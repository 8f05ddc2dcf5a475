using EmailTasks.Core.Recipients;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Tracking;

/// <summary>Opting out by a link: committed before it is answered, so that nothing is handed over to the address afterwards.</summary>
internal sealed class Unsubscribing(App app)
{
    /// <summary>
    /// Takes the recipient off; false when there is none. Repeating it changes nothing. That the mail left is not asked: its
    /// token proves it, also where the database was put back to before.
    /// </summary>
    public Task<bool> Take(TokenOf of) => app.Store.Write(async db =>
    {
        if (await RecipientRows.Load(db, of.SetId, of.Seq) is not { } row || EmailAddress.TryParse(row.Address, out _) is not { } address) return false;
        var task = await TaskRows.OfSet(db, of.SetId);
        await SuppressionRows.OptOut(db, row.Account, address, $"link {task?.Id}".TrimEnd());
        foreach (var before in await FactRows.Apply(db, [new CameBack(of.SetId, of.Seq, [(Fact.Unsubscribed, db.Now)], "hit")]))
        {
            if (before.UnsubscribedAt is null) await FactRows.Event(db, before, "unsubscribe", "link");
        }
        return true;
    }, first: true);
}

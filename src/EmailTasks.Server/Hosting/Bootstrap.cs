using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Hosting;

/// <summary>The first start: an account, an admin, a person's key, a pickup mailbox.</summary>
internal static class Bootstrap
{
    private const string AdminKeyFile = "admin.key";

    /// <summary>Where the admin key lies.</summary>
    public static string AdminKeyPath(string folder) => Path.Combine(folder, AdminKeyFile);

    /// <summary>Whether this folder has been used before.</summary>
    public static Task<bool> IsNew(IStore store) => store.Read(async db => !await db.One<bool>("select exists (select 1 from account)"));

    /// <summary>Refuses a database that was made with another master key: its secrets could not be read.</summary>
    public static async Task CheckKey(IStore store, Keyring keys)
    {
        var known = await store.Read(db => db.One<string>("select value from meta where key = 'master_key_check'"));
        if (known != keys.Check) throw new InvalidOperationException("The master key is not the one this database was made with. Put the right master.key back, or set NOXINFLUENCER_MASTER_KEY.");
    }

    /// <summary>Makes what a first start needs. The key file is written before the rows: a crash in between leaves a file that opens nothing.</summary>
    public static async Task FirstStart(IStore store, Keyring keys, Ids ids, string folder)
    {
        var (account, uid, keyId, mailbox) = (ids.New("acc"), ids.New("usr"), ids.New("key"), ids.New("mbx"));
        var key = ApiKeys.New(keyId);
        PrivateFile.Write(AdminKeyPath(folder), key);
        var address = EmailAddress.TryParse("outbox@localhost.localdomain", out _)!;
        await store.Write(async db =>
        {
            // Of several nodes that start at once on an empty database, one makes it.
            if (await db.Execute("insert into meta (key, value) values ('master_key_check', @Check) on conflict (key) do nothing", new { keys.Check }) == 0) return false;
            await db.Execute("insert into account (id, time_zone, created_at) values (@account, 'UTC', @now)", new { account, now = db.Now });
            await db.Execute("insert into member (uid, account, name, role, created_at) values (@uid, @account, 'Admin', @role, @now)", new { uid, account, role = Role.Admin, now = db.Now });
            await db.Execute(
                "insert into api_key (id, account, uid, name, hash, actor, created_at) values (@keyId, @account, @uid, 'First admin key', @hash, 'person', @now)",
                new { keyId, account, uid, hash = keys.HashApiKey(key), now = db.Now });
            await MailboxRows.Insert(db, new MailboxRow
            {
                Id = mailbox, Account = account, Kind = "pickup", Address = address.Text, AddressKey = address.Key, DisplayName = "Outbox", OwnerUid = uid, Path = "outbox",
                Connections = 4, Health = MailboxHealth.Ok, CreatedAt = db.Now, UpdatedAt = db.Now,
            });
            return true;
        });
    }
}

using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Tracking;

/// <summary>
/// Finds where a link leads: the plan and the content as they were sent are read again, and rendered for that recipient. A
/// token names a link of that mail by its number; there is no address in it that anybody could replace.
/// </summary>
internal sealed class LinkTargets(App app)
{
    /// <summary>Contents kept ready; the mails of a few tasks bring nearly all clicks.</summary>
    private const int Kept = 32;

    private readonly Lock _gate = new();
    private readonly LinkedList<(string Key, TaskRendering Rendering)> _ready = [];

    /// <summary>Where it leads and how many links the mail has, or null: it has no such link.</summary>
    public async Task<(string Url, int LinksInMail)?> Find(TokenOf of)
    {
        var (task, row) = await app.Work.Read(app.Store, "link", stops: false, async db => (await TaskRows.OfSet(db, of.SetId), await RecipientRows.Load(db, of.SetId, of.Seq)));
        if (task is null || row is null || await Rendering(task) is not { } rendering) return null;
        return rendering.LinkTarget(row, of.Link) is { } url ? (url, rendering.Links) : null;
    }

    private async Task<TaskRendering?> Rendering(TaskRow task)
    {
        var key = $"{task.Id} {task.PlanNo}";
        lock (_gate)
        {
            for (var node = _ready.First; node is not null; node = node.Next)
            {
                if (node.Value.Key != key) continue;
                _ready.Remove(node);
                _ready.AddFirst(node);
                return node.Value.Rendering;
            }
        }
        if (await TaskRendering.Load(app.Store, app.Tokens, task) is not { } loaded) return null;
        lock (_gate)
        {
            _ready.AddFirst((key, loaded));
            if (_ready.Count > Kept) _ready.RemoveLast();
        }
        return loaded;
    }
}

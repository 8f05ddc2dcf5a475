using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Creators;

/// <summary>The persons the account knows.</summary>
internal static class CreatorList
{
    public static async Task<Outcome<Page<CreatorView>>> List(ListCreators input, Call call, CancellationToken ct)
    {
        var (ask, refusal) = Pages.Ask(input.PageSize, input.PageNum, input.Cursor);
        if (refusal is not null) return refusal;
        if (input.Cursor is not null && !long.TryParse(input.Cursor, out _)) return Refusal.Invalid("cursor", "bad_format", "This is no cursor of a creator list.", "Use next_cursor of the page before.");
        var listed = await call.Read(db => CreatorRows.List(db, call.Account, input.Keyword, ask));
        return Outcome<Page<CreatorView>>.Done(Pages.Of(listed, ask, listed.Rows.ConvertAll(View)), Pages.Sentence(listed.Total, listed.IsLowerBound, "creator"));
    }

    public static async Task<Outcome<CreatorView>> Get(GetCreator input, Call call, CancellationToken ct) =>
        await call.Read(db => CreatorRows.Load(db, call.Account, input.CreatorId)) is { } row
            ? Outcome<CreatorView>.Done(View(row), $"Creator \"{row.Name}\".", NextStep.Of(CreatorOps.History, row.Id))
            : Refusal.NotFound("creator", TextCheck.Shown(input.CreatorId), "creator_id");

    private static CreatorView View(CreatorRow r) => new(
        r.Id, r.Name, r.Platform, r.ChannelId, JsonSerializer.Deserialize(r.Addresses, StoredJson.Default.ListString)!, r.Country, Micros.At(r.CreatedAt), Micros.At(r.UpdatedAt));
}

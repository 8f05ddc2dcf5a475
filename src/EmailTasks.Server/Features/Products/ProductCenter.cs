using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Products;

/// <summary>The Product Center.</summary>
internal static class ProductCenter
{
    public static async Task<Outcome<Page<ProductView>>> List(ListProducts input, Call call, CancellationToken ct)
    {
        var (ask, refusal) = Pages.Ask(input.PageSize, input.PageNum, input.Cursor);
        if (refusal is not null) return refusal;
        var listed = await call.Read(db => ProductRows.List(db, call.Account, input.Keyword, ask));
        return Outcome<Page<ProductView>>.Done(Pages.Of(listed, ask, listed.Rows.ConvertAll(r => View(r))), Pages.Sentence(listed.Total, listed.IsLowerBound, "product"));
    }

    public static async Task<Outcome<ProductView>> Get(GetProduct input, Call call, CancellationToken ct) =>
        await call.Read(db => ProductRows.Load(db, call.Account, input.ProductCollectId)) is { } row
            ? Outcome<ProductView>.Done(View(row), $"Product \"{row.Title}\".")
            : Refusal.NotFound("product", input.ProductCollectId, "product_collect_id");

    public static async Task<Outcome<ProductView>> Create(CreateProduct input, Call call, CancellationToken ct)
    {
        if (PriceProblem(input.Price, input.Currency) is { } wrong) return wrong;
        var id = call.NewId("prd");
        return await call.Change<ProductView>(async db =>
        {
            await ProductRows.Insert(db, new ProductRow
            {
                Id = id, Account = call.Account, Title = input.Title.Trim(), Link = input.Link, Price = input.Price, Currency = input.Currency, ThumbnailUrl = input.ThumbnailUrl,
                Tags = Tags(input.Tags), CreatedAt = db.Now, UpdatedAt = db.Now,
            });
            var row = await ProductRows.Load(db, call.Account, id);
            return Outcome<ProductView>.Done(View(row!, changed: true), Said.Of($"Product \"{TextCheck.Shown(input.Title)}\"", "created", "."), objectId: id, undo: NextStep.Of(ProductOps.Delete, id));
        });
    }

    public static Task<Outcome<ProductView>> Update(UpdateProduct input, Call call, CancellationToken ct) => call.Change<ProductView>(async db =>
    {
        if (await ProductRows.Load(db, call.Account, input.ProductCollectId) is not { } old) return Refusal.NotFound("product", input.ProductCollectId, "product_collect_id");
        var row = new ProductRow
        {
            Id = old.Id, Account = old.Account, Title = input.Title?.Trim() ?? old.Title, Link = input.Link ?? old.Link, Price = input.Price.Or(old.Price), Currency = input.Currency.Or(old.Currency),
            ThumbnailUrl = input.ThumbnailUrl.Or(old.ThumbnailUrl), Tags = input.Tags.IsPresent ? Tags(input.Tags.Value) : old.Tags, Version = old.Version, CreatedAt = old.CreatedAt, UpdatedAt = db.Now,
        };
        if (PriceProblem(row.Price, row.Currency) is { } wrong) return wrong;
        if (PersonsWork.Problem(call, old.EditedActor, "product", "product_collect_id") is { } persons) return persons;
        var changed = (row.Title, row.Link, row.Price, row.Currency, row.ThumbnailUrl, row.Tags) != (old.Title, old.Link, old.Price, old.Currency, old.ThumbnailUrl, old.Tags);
        if (changed) await ProductRows.Update(db, row);
        var now = await ProductRows.Load(db, call.Account, old.Id);
        return Outcome<ProductView>.Done(View(now!, changed), changed ? Said.Of("Product", "updated", "; cards already attached stay as they are.") : Said.Already("The product is so already."), objectId: old.Id).With(changed: changed);
    });

    public static Task<Outcome<ProductDeleted>> Delete(DeleteProduct input, Call call, CancellationToken ct) => call.Change<ProductDeleted>(async db =>
    {
        if (await ProductRows.Load(db, call.Account, input.ProductCollectId) is not { } row) return Refusal.NotFound("product", input.ProductCollectId, "product_collect_id");
        if (PersonsWork.Problem(call, row.EditedActor, "product", "product_collect_id") is { } persons) return persons;
        await ProductRows.Delete(db, row.Id);
        return Outcome<ProductDeleted>.Done(new ProductDeleted(row.Id, true), Said.Of($"Product \"{TextCheck.Shown(row.Title)}\"", "deleted", "; cards already attached stay."), objectId: row.Id);
    });

    private static Refusal? PriceProblem(string? price, string? currency) => (price is null) == (currency is null)
        ? null
        : Refusal.Invalid(price is null ? "$.price" : "$.currency", "missing", "Price and currency go together.", "Give both, or neither.");

    private static string Tags(List<string>? tags) => JsonSerializer.Serialize(tags ?? [], StoredJson.Default.ListString);

    private static ProductView View(ProductRow r, bool? changed = null) => new(
        r.Id, r.Title, r.Link, r.Price, r.Currency, r.ThumbnailUrl, JsonSerializer.Deserialize(r.Tags, StoredJson.Default.ListString)!, r.Version, Micros.At(r.CreatedAt), Micros.At(r.UpdatedAt), changed);
}

using System.Text.Json.Serialization;

namespace EmailTasks.Contracts;

public sealed record ListCards([property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId);

public sealed record ReplaceCards(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("All cards the task is to have, in order: 0 to 5 distinct products of the Product Center.", Min = 0, Max = Limits.ProductsPerTask, Id = "prd")] List<string> ProductCollectIds);

public sealed record DeleteCard(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("The card.", In = WireIn.Path, Id = "epr")] string EmailProductId);

/// <summary>A product card: the product as it was when it was attached.</summary>
public sealed record ProductCardView(
    string EmailProductId,
    [property: Wire("The product in the Product Center.", Told = Told.WhenRead)] string ProductCollectId,
    int Position, string Title, string Link, string? Price, string? Currency,
    [property: Wire("Its picture.", Told = Told.WhenRead)] string? ThumbnailUrl,
    [property: Wire("True when the product changed since.", Told = Told.WhenRead)] bool Stale);

public sealed record CardsView(
    string TaskId, IReadOnlyList<ProductCardView> Items, string Status, long Version,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Changed);

public sealed record CardDeleted(string TaskId, string EmailProductId, bool Deleted, long Version);

public sealed record ListProducts(
    [property: Wire("Only products whose title holds this text; case does not matter.", In = WireIn.Query, Max = 120)] string? Keyword,
    [property: Wire("Rows a page, 1-100; 20 unless told.", In = WireIn.Query, Min = 1, Max = Limits.PageSizeMax)] int? PageSize,
    [property: Wire("Page number from 1, up to row 10,000; beyond it use the cursor.", In = WireIn.Query, Min = 1)] int? PageNum,
    [property: Wire("next_cursor of the page before; not together with page_num.", In = WireIn.Query, Max = 200)] string? Cursor);

public sealed record GetProduct([property: Wire("The product.", In = WireIn.Path, Id = "prd")] string ProductCollectId);

public sealed record CreateProduct(
    [property: Wire("The product's name.", Min = 1, Max = 200, SingleLine = true)] string Title,
    [property: Wire("Where its card leads.", Max = 2000, SingleLine = true, Format = WireFormat.HttpUrl)] string Link,
    [property: Wire("Decimal text, e.g. 49.00.", Min = 1, Max = 20, Format = WireFormat.Decimal)] string? Price,
    [property: Wire("ISO 4217, e.g. EUR.", Format = WireFormat.Currency)] string? Currency,
    [property: Wire("A picture.", Max = 2000, SingleLine = true, Format = WireFormat.HttpUrl)] string? ThumbnailUrl,
    [property: Wire("Words to find it by, up to 20.", Max = 20, MaxEach = 40, SingleLine = true)] List<string>? Tags);

public sealed record UpdateProduct(
    [property: Wire("The product.", In = WireIn.Path, Id = "prd")] string ProductCollectId,
    [property: Wire("A new name.", Min = 1, Max = 200, SingleLine = true)] string? Title,
    [property: Wire("A new link.", Max = 2000, SingleLine = true, Format = WireFormat.HttpUrl)] string? Link,
    [property: Wire("A new price; null clears it.", Min = 1, Max = 20, Format = WireFormat.Decimal), JsonConverter(typeof(PatchConverter<string>))] Patch<string> Price,
    [property: Wire("A new currency; null clears it.", Format = WireFormat.Currency), JsonConverter(typeof(PatchConverter<string>))] Patch<string> Currency,
    [property: Wire("A new picture; null clears it.", Max = 2000, SingleLine = true, Format = WireFormat.HttpUrl), JsonConverter(typeof(PatchConverter<string>))] Patch<string> ThumbnailUrl,
    [property: Wire("New tags; null clears them.", Max = 20, MaxEach = 40, SingleLine = true), JsonConverter(typeof(PatchConverter<List<string>>))] Patch<List<string>> Tags);

public sealed record DeleteProduct([property: Wire("The product.", In = WireIn.Path, Id = "prd")] string ProductCollectId);

public sealed record ProductView(
    string ProductCollectId, string Title, string Link, string? Price, string? Currency, string? ThumbnailUrl, IReadOnlyList<string> Tags,
    long Version, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Changed);

public static class ProductOps
{
    public static readonly Op<ListCards, CardsView> ListCards = new("email products list", "GET /v1/email-tasks/{task_id}/products", Effect.Read, Role.Viewer,
        "List a task's product cards.", static j => j.ListCards, static j => j.CardsView);

    public static readonly Op<ReplaceCards, CardsView> ReplaceCards = new("email products replace", "PUT /v1/email-tasks/{task_id}/products", Effect.Destroy, Role.Operator,
        "Replace all product cards of a task; at most 5.", static j => j.ReplaceCards, static j => j.CardsView)
    {
        Example = """{"product_collect_ids":["prd_example"]}""",
    };

    public static readonly Op<DeleteCard, CardDeleted> DeleteCard = new("email products delete", "DELETE /v1/email-tasks/{task_id}/products/{email_product_id}", Effect.Destroy, Role.Operator,
        "Delete one product card of a task.", static j => j.DeleteCard, static j => j.CardDeleted);

    public static readonly Op<ListProducts, Page<ProductView>> List = new("product list", "GET /v1/products", Effect.Read, Role.Viewer,
        "List the Product Center, newest first.", static j => j.ListProducts, static j => j.PageProductView);

    public static readonly Op<GetProduct, ProductView> Get = new("product get", "GET /v1/products/{product_collect_id}", Effect.Read, Role.Viewer,
        "Read one product.", static j => j.GetProduct, static j => j.ProductView);

    public static readonly Op<CreateProduct, ProductView> Create = new("product create", "POST /v1/products", Effect.Change, Role.Operator,
        "Add a product to the Product Center.", static j => j.CreateProduct, static j => j.ProductView)
    {
        Example = """{"title":"Trail shoe","link":"https://shop.example/trail","price":"49.00","currency":"EUR","thumbnail_url":"https://shop.example/trail.jpg","tags":["shoes"]}""",
    };

    public static readonly Op<UpdateProduct, ProductView> Update = new("product update", "PATCH /v1/products/{product_collect_id}", Effect.Change, Role.Operator,
        "Change a product; cards already attached stay as they were and are marked stale.", static j => j.UpdateProduct, static j => j.ProductView)
    {
        Example = """{"price":"44.00"}""",
    };

    public static readonly Op<DeleteProduct, ProductDeleted> Delete = new("product delete", "DELETE /v1/products/{product_collect_id}", Effect.Destroy, Role.Operator,
        "Delete a product; cards already attached stay.", static j => j.DeleteProduct, static j => j.ProductDeleted);
}

using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Products;

/// <summary>A task's product cards: copies of products, so that what was approved does not change with the product.</summary>
internal static class Cards
{
    public static async Task<Outcome<CardsView>> List(ListCards input, Call call, CancellationToken ct) => await call.Read<Outcome<CardsView>>(async db =>
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
        var view = await View(db, task, null);
        return Outcome<CardsView>.Done(view, Pages.Sentence(view.Items.Count, false, "product card"));
    });

    public static Task<Outcome<CardsView>> Replace(ReplaceCards input, Call call, CancellationToken ct)
    {
        var ids = input.ProductCollectIds.ConvertAll(_ => call.NewId("epr"));
        return call.Change<CardsView>(async db =>
        {
            if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
            if (TaskGuard.Problem(task, TaskCommand.Edit) is { } refused) return refused;
            var (products, problems) = await Choose(db, call, input.ProductCollectIds);
            if (problems.Count > 0) return problems.TrueForAll(p => p.Code == "not_found") ? new Refusal(ErrorCodes.NotFound, problems[0].Text) { Problems = problems } : Refusal.Invalid(problems);
            await ContentRows.DeleteCards(db, task.Id);
            for (var i = 0; i < products.Count; i++) await ContentRows.InsertCard(db, Copy(task.Id, ids[i], i + 1, products[i]));
            await TaskRows.Edited(db, task);
            var now = await TaskRows.Load(db, call.Account, task.Id);
            return Outcome<CardsView>.Done(await View(db, now!, true), Sentence(products.Count, task), NextStep.Of(ContentOps.Preview, task.Id), task.Id);
        });
    }

    public static Task<Outcome<CardDeleted>> Delete(DeleteCard input, Call call, CancellationToken ct) => call.Change<CardDeleted>(async db =>
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
        if (TaskGuard.Problem(task, TaskCommand.Edit) is { } refused) return refused;
        if (await ContentRows.DeleteCard(db, task.Id, input.EmailProductId) == 0) return Refusal.NotFound("product card", input.EmailProductId, "email_product_id");
        await TaskRows.Edited(db, task);
        var now = await TaskRows.Load(db, call.Account, task.Id);
        return Outcome<CardDeleted>.Done(new CardDeleted(task.Id, input.EmailProductId, true, now!.Version), TaskGuard.BackToDraft(Said.Of("Product card", "deleted", "."), task, true), objectId: task.Id);
    });

    private static async ValueTask<(List<ProductRow> Products, List<Problem> Problems)> Choose(Db db, Call call, List<string> ids)
    {
        var products = new List<ProductRow>();
        var problems = new List<Problem>();
        for (var i = 0; i < ids.Count; i++)
        {
            var path = $"$.product_collect_ids[{i}]";
            if (ids.IndexOf(ids[i]) < i) problems.Add(new(path, "duplicate", $"{ids[i]} stands twice.", "Name each product once."));
            else if (await ProductRows.Load(db, call.Account, ids[i]) is { } product) products.Add(product);
            else problems.Add(new(path, "not_found", $"There is no product {ids[i]} in this account.", $"List them: {NextStep.Of(ProductOps.List)}"));
        }
        return (products, problems);
    }

    private static Said Sentence(int cards, TaskRow was) => TaskGuard.BackToDraft(
        Said.Of($"The task has {Plural.Of(cards, "product card")} now.", $"The task would have {Plural.Of(cards, "product card")}."), was, true);

    private static CardRow Copy(string task, string id, int position, ProductRow p) => new()
    {
        Task = task, Id = id, Position = position, Product = p.Id, ProductVersion = p.Version, Title = p.Title, Link = p.Link, Price = p.Price, Currency = p.Currency, ThumbnailUrl = p.ThumbnailUrl,
    };

    private static async ValueTask<CardsView> View(Db db, TaskRow task, bool? changed) =>
        new(task.Id, await Tasks.Get.Cards(db, task.Id), TaskDecisions.Word(task.Status), task.Version, changed);
}

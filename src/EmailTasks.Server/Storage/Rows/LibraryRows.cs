namespace EmailTasks.Server.Storage.Rows;

/// <summary>A product of the Product Center.</summary>
public sealed class ProductRow
{
    public required string Id { get; init; }
    public required string Account { get; init; }
    public required string Title { get; init; }
    public required string Link { get; init; }
    public string? Price { get; init; }
    public string? Currency { get; init; }
    public string? ThumbnailUrl { get; init; }
    public required string Tags { get; init; }

    /// <summary>Who wrote it last: person or agent; null is of before, and a person's.</summary>
    public string? EditedActor { get; set; }
    public string Search => Storage.Search.Fold(Title);
    public long Version { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
}

/// <summary>Statements over products.</summary>
public static class ProductRows
{
    public static ValueTask<ProductRow?> Load(Db db, string account, string id) =>
        db.One<ProductRow>("select * from product where id = @id and account = @account", new { id, account });

    public static ValueTask<int> Insert(Db db, ProductRow row) => db.Execute(
        """
        insert into product (id, account, title, link, price, currency, thumbnail_url, tags, search, version, created_at, updated_at, edited_actor)
        values (@Id, @Account, @Title, @Link, @Price, @Currency, @ThumbnailUrl, @Tags, @Search, 1, @CreatedAt, @UpdatedAt, @EditedActor)
        """, Signed(db, row));

    public static ValueTask<int> Update(Db db, ProductRow row) => db.Execute(
        """
        update product set title = @Title, link = @Link, price = @Price, currency = @Currency, thumbnail_url = @ThumbnailUrl, tags = @Tags, search = @Search,
          version = version + 1, updated_at = @UpdatedAt, edited_actor = @EditedActor
        where id = @Id and version = @Version
        """, Signed(db, row));

    private static ProductRow Signed(Db db, ProductRow row)
    {
        row.EditedActor = db.By?.Actor;
        return row;
    }

    public static ValueTask<int> Delete(Db db, string id) => db.Execute("delete from product where id = @id", new { id });

    public static ValueTask<Listed<ProductRow>> List(Db db, string account, string? keyword, PageAsk page)
    {
        var where = new Where("account = @account", new { account });
        if (keyword is not null) where.And(db.Sql.Contains("search", "@keyword"), new { keyword = Search.Fold(keyword) });
        return Paging.NewestFirst<ProductRow>(db, "product", where, page, p => p.Id);
    }
}

/// <summary>A content template.</summary>
public sealed class TemplateRow
{
    public required string Id { get; init; }
    public required string Account { get; init; }
    public required string Name { get; init; }
    public required string Language { get; init; }
    public required string Subject { get; init; }
    public string? Html { get; init; }
    public string? Text { get; init; }
    public required string Variables { get; init; }

    /// <summary>Who wrote it last: person or agent; null is of before, and a person's.</summary>
    public string? EditedActor { get; set; }
    public string Search => Storage.Search.Fold(Name);
    public long Version { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
}

/// <summary>Statements over templates.</summary>
public static class TemplateRows
{
    public static ValueTask<TemplateRow?> Load(Db db, string account, string id) =>
        db.One<TemplateRow>("select * from template where id = @id and account = @account", new { id, account });

    public static ValueTask<int> Insert(Db db, TemplateRow row) => db.Execute(
        """
        insert into template (id, account, name, language, subject, html, text, variables, search, version, created_at, updated_at, edited_actor)
        values (@Id, @Account, @Name, @Language, @Subject, @Html, @Text, @Variables, @Search, 1, @CreatedAt, @UpdatedAt, @EditedActor)
        """, Signed(db, row));

    public static ValueTask<int> Update(Db db, TemplateRow row) => db.Execute(
        """
        update template set name = @Name, language = @Language, subject = @Subject, html = @Html, text = @Text, variables = @Variables, search = @Search,
          version = version + 1, updated_at = @UpdatedAt, edited_actor = @EditedActor
        where id = @Id and version = @Version
        """, Signed(db, row));

    private static TemplateRow Signed(Db db, TemplateRow row)
    {
        row.EditedActor = db.By?.Actor;
        return row;
    }

    public static ValueTask<int> Delete(Db db, string id) => db.Execute("delete from template where id = @id", new { id });

    public static ValueTask<Listed<TemplateRow>> List(Db db, string account, string? keyword, PageAsk page)
    {
        var where = new Where("account = @account", new { account });
        if (keyword is not null) where.And(db.Sql.Contains("search", "@keyword"), new { keyword = Search.Fold(keyword) });
        return Paging.NewestFirst<TemplateRow>(db, "template", where, page, p => p.Id);
    }
}

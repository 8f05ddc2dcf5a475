namespace EmailTasks.Contracts;

public sealed record ListCreators(
    [property: Wire("Only creators whose id, name, channel or address holds this text; case does not matter.", In = WireIn.Query, Max = 120)] string? Keyword,
    [property: Wire("Rows a page, 1-100; 20 unless told.", In = WireIn.Query, Min = 1, Max = Limits.PageSizeMax)] int? PageSize,
    [property: Wire("Page number from 1, up to row 10,000; beyond it use the cursor.", In = WireIn.Query, Min = 1)] int? PageNum,
    [property: Wire("next_cursor of the page before; not together with page_num.", In = WireIn.Query, Max = 200)] string? Cursor);

public sealed record GetCreator([property: Wire("The creator's id, as it was imported.", In = WireIn.Path, Min = 1, Max = 120)] string CreatorId);

public sealed record CreatorView(
    string CreatorId, string Name, string Platform, string ChannelId, IReadOnlyList<string> EmailAddresses, string? Country,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

public sealed record CreatorInput(
    [property: Wire("Your id of this person.", Min = 1, Max = 120, SingleLine = true)] string CreatorId,
    [property: Wire("The person's name.", Min = 1, Max = 120, SingleLine = true)] string Name,
    [property: Wire("The platform, e.g. youtube.", Min = 1, Max = 40, SingleLine = true)] string Platform,
    [property: Wire("The channel on that platform.", Min = 1, Max = 200, SingleLine = true)] string ChannelId,
    [property: Wire("The person's addresses, up to 20.", Max = 20, MaxEach = Limits.AddressCharacters)] List<string> EmailAddresses,
    [property: Wire("The country, for your team.", Min = 1, Max = 60, SingleLine = true)] string? Country);

public sealed record ImportCreators([property: Wire("1 to 10,000 creators a call.", Min = 1, Max = Limits.RecipientsPerCall)] List<CreatorInput> Creators);

public sealed record CreatorsImported(
    int Added, int Updated,
    [property: Wire("Creators that were so already.")] int Unchanged,
    int RejectedCount,
    [property: Wire("The first 100 rows that were not taken.", Told = Told.Beginning, First = 5)] IReadOnlyList<RejectedRow> Rejected,
    [property: Wire("Creators the account has now.")] long Total,
    bool Changed);

public sealed record CreatorHistory(
    [property: Wire("An address, or a creator's id.", In = WireIn.Path, Min = 1, Max = Limits.AddressCharacters)] string Creator,
    [property: Wire("Rows a page, 1-100; 20 unless told.", In = WireIn.Query, Min = 1, Max = Limits.PageSizeMax)] int? PageSize,
    [property: Wire("Page number from 1, up to row 10,000; beyond it use the cursor.", In = WireIn.Query, Min = 1)] int? PageNum,
    [property: Wire("next_cursor of the page before; not together with page_num.", In = WireIn.Query, Max = 200)] string? Cursor);

/// <summary>What one started task did for one person.</summary>
public sealed record CreatorMail(
    string TaskId, string TaskName, string TaskStatus, string RecipientId, string EmailAddress, string? CreatorId,
    string State, string? Reason, DateTimeOffset? StateAt,
    [property: Wire("True when a plan made now counts this mail in seen_before.")] bool SeenBefore,
    DateTimeOffset? BouncedAt, DateTimeOffset? RepliedAt, DateTimeOffset? OpenedAt, DateTimeOffset? ClickedAt,
    DateTimeOffset? UnsubscribedAt, DateTimeOffset? ComplainedAt);

public static class CreatorOps
{
    public static readonly Op<ListCreators, Page<CreatorView>> List = new("creator list", "GET /v1/creators", Effect.Read, Role.Viewer,
        "List the account's creators, newest first.", static j => j.ListCreators, static j => j.PageCreatorView);

    public static readonly Op<GetCreator, CreatorView> Get = new("creator get", "GET /v1/creators/{creator_id}", Effect.Read, Role.Viewer,
        "Read one creator.", static j => j.GetCreator, static j => j.CreatorView);

    public static readonly Op<ImportCreators, CreatorsImported> Import = new("creator import", "POST /v1/creators", Effect.Change, Role.Operator,
        "Add creators, or update those whose id is there already.", static j => j.ImportCreators, static j => j.CreatorsImported)
    {
        Example = """{"creators":[{"creator_id":"cr_1001","name":"Ana","platform":"youtube","channel_id":"UC123","email_addresses":["ana@creators.example"],"country":"DE"}]}""",
        LocalOptions = [("--file <path>", "Read the creators from a CSV or Excel file."), ("--map <pairs>", "Which column is which member, e.g. email_address=E-mail.")],
    };

    public static readonly Op<CreatorHistory, Page<CreatorMail>> History = new("creator history", "GET /v1/creators/{creator}/history", Effect.Read, Role.Viewer,
        "Show which tasks mailed a person, and what came of it.", static j => j.CreatorHistory, static j => j.PageCreatorMail);
}

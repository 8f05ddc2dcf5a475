using System.Text.Json.Serialization;

namespace EmailTasks.Contracts;

/// <summary>The role words, least first.</summary>
public static class RoleWords
{
    public const string Viewer = "viewer";
    public const string Operator = "operator";
    public const string Approver = "approver";
    public const string Admin = "admin";

    /// <summary>The word of a role.</summary>
    public static string Of(Role role) => role switch
    {
        Role.Viewer => Viewer,
        Role.Operator => Operator,
        Role.Approver => Approver,
        Role.Admin => Admin,
    };

    /// <summary>The role of a word that the gate let through.</summary>
    public static Role Parse(string word) => Enum.GetValues<Role>().First(r => Of(r) == word);
}

public sealed record ListTeam(
    [property: Wire("Rows a page, 1-100; 20 unless told.", In = WireIn.Query, Min = 1, Max = Limits.PageSizeMax)] int? PageSize,
    [property: Wire("Page number from 1.", In = WireIn.Query, Min = 1)] int? PageNum,
    [property: Wire("next_cursor of the page before; not together with page_num.", In = WireIn.Query, Max = 200)] string? Cursor);

public sealed record AddMember(
    [property: Wire("What the member is called.", Min = 1, Max = 120, SingleLine = true)] string Name,
    [property: Wire("The member's own address; once per account.", Min = 3, Max = Limits.AddressCharacters, Format = WireFormat.Email)] string Email,
    [property: Wire("viewer reads; operator also prepares and sends; approver also decides; admin also manages people, keys, mailboxes and settings.", Values = [RoleWords.Viewer, RoleWords.Operator, RoleWords.Approver, RoleWords.Admin])] string Role);

[Members(AtLeastOne = ["name", "email", "role"])]
public sealed record UpdateMember(
    [property: Wire("The member.", In = WireIn.Path, Id = "usr")] string Uid,
    [property: Wire("A new name.", Min = 1, Max = 120, SingleLine = true)] string? Name,
    [property: Wire("A new address.", Min = 3, Max = Limits.AddressCharacters, Format = WireFormat.Email)] string? Email,
    [property: Wire("A new role; it counts for the member's keys at once.", Values = [RoleWords.Viewer, RoleWords.Operator, RoleWords.Approver, RoleWords.Admin])] string? Role);

public sealed record RemoveMember(
    [property: Wire("The member.", In = WireIn.Path, Id = "usr")] string Uid,
    [property: Wire("true: also pause what is being sent by their keys.", In = WireIn.Query)] bool? Pause);

public sealed record MemberView(
    string Uid, string Name, string? Email, string Role, DateTimeOffset CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Changed);

/// <summary>The answer of a removal.</summary>
public sealed record MemberDeleted(string Uid, bool Deleted, [property: Wire("What is scheduled and being sent by their keys.")] SetGoingView SetGoing);

public static class TeamOps
{
    public static readonly Op<ListTeam, Page<MemberView>> List = new("team list", "GET /v1/team", Effect.Read, Role.Viewer,
        "List the account's members with their roles.", static j => j.ListTeam, static j => j.PageMemberView)
    { PersonOnly = true };

    public static readonly Op<AddMember, MemberView> Add = new("team add", "POST /v1/team", Effect.Change, Role.Admin,
        "Add a member; `key create` then makes a key for them.", static j => j.AddMember, static j => j.MemberView)
    {
        Example = """{"name":"Ben Park","email":"ben@brand.example","role":"operator"}""",
        BodyOptions = [new("--name", "name", false), new("--email", "email", false), new("--role", "role", false)],
        PersonOnly = true,
    };

    public static readonly Op<UpdateMember, MemberView> Update = new("team update", "PATCH /v1/team/{uid}", Effect.Change, Role.Admin,
        "Change a member's name, address or role; the last admin stays one.", static j => j.UpdateMember, static j => j.MemberView)
    {
        Example = """{"role":"approver"}""",
        BodyOptions = [new("--name", "name", false), new("--email", "email", false), new("--role", "role", false)],
        PersonOnly = true,
    };

    public static readonly Op<RemoveMember, MemberDeleted> Remove = new("team remove", "DELETE /v1/team/{uid}", Effect.Destroy, Role.Admin,
        "Remove a member; their keys stop working at once, their tasks stay.", static j => j.RemoveMember, static j => j.MemberDeleted)
    { PersonOnly = true };
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace EmailTasks.Cli.Tests;

/// <summary>A server that takes rows the way the real one does: an address without @ is rejected by its place.</summary>
internal static class Imports
{
    public static FakeServer Server(string member = "recipients") => new((seen, _) => Take(seen, member));

    /// <summary>How many rows a request held.</summary>
    public static int Rows(Seen seen, string member = "recipients") => JsonDocument.Parse(seen.Body).RootElement.GetProperty(member).GetArrayLength();

    private static Canned Take(Seen seen, string member)
    {
        if (seen.Method == "GET") return Canned.Ok();
        var rejected = new JsonArray();
        var (index, rows) = (0, JsonNode.Parse(seen.Body)![member]!.AsArray());
        foreach (var row in rows)
        {
            var address = row is JsonObject o ? (o["email_address"] ?? o["creator_id"] ?? o["platform"])?.ToString() : row?.ToString();
            var hasId = row is JsonObject p && p["email_address"] is null && (p["creator_id"] ?? p["channel_id"]) is not null;
            if (!hasId && address?.Contains('@') != true) rejected.Add((JsonNode)new JsonObject { ["index"] = index, ["problem"] = "The address is no address." });
            index++;
        }
        if (rejected.Count == rows.Count)
        {
            var errors = string.Join(',', rejected.Select(r => $$"""{"path":"$.{{member}}[{{r!["index"]}}].email_address","code":"bad_address","problem":"The address is no address.","fix":"Mend it."}"""));
            return new(400, $$"""{"success":false,"applied":false,"error_code":"INVALID_REQUEST","summary":"No.","errors":[{{errors}}]}""");
        }
        var added = rows.Count - rejected.Count;
        return Canned.Ok($$"""{"task_id":"tsk_1","status":"draft","version":2,"added":{{added}},"duplicates":0,"suppressed":0,"rejected_count":{{rejected.Count}},"rejected":{{rejected.ToJsonString()}},"total":{{added + 7}},"changed":true}""");
    }
}

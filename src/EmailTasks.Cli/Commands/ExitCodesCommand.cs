using System.Text.Json.Nodes;
using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Commands;

/// <summary><c>agent exit-codes</c>: the table that this program itself exits by.</summary>
internal static class ExitCodesCommand
{
    /// <summary>Prints the table.</summary>
    public static int Run(Line line, Output output)
    {
        var items = new JsonArray { (JsonNode)Row(0, null, 200, "Done, or a dry run that would succeed.") };
        foreach (var row in ErrorCodes.All) items.Add((JsonNode)Row(row.Exit, row.Code == ErrorCodes.Upstream ? "UPSTREAM_<code>" : row.Code, row.Http == 0 ? null : row.Http, row.When));
        return output.Data(new JsonObject { ["items"] = items }, "Exit codes and what they mean.");
    }

    private static JsonObject Row(int exit, string? code, int? http, string when) =>
        new() { ["exit_code"] = exit, ["error_code"] = code, ["http_status"] = http, ["when"] = when };
}

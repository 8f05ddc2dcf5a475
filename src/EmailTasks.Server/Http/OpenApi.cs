using System.Text.Json.Nodes;
using EmailTasks.Contracts;
using EmailTasks.Server.Hosting;

namespace EmailTasks.Server.Http;

/// <summary>OpenAPI 3.1, written from the catalogue.</summary>
internal static class OpenApi
{
    /// <summary>The document.</summary>
    public static JsonObject Document()
    {
        var paths = new JsonObject();
        foreach (var op in Catalogue.All)
        {
            if (paths[op.Route] is not JsonObject path) paths[op.Route] = path = [];
            path[op.Method.ToLowerInvariant()] = Operation(op);
        }
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "Email Tasks", ["version"] = ServerOptions.Version, ["description"] = "Send outreach email safely. A mutation without dry_run=false is a dry run." },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject { ["key"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" } },
                ["schemas"] = new JsonObject { ["Failure"] = Failure(), ["NextStep"] = JsonSchema.Of(Shape.Of(WireJson.Default.NextStepView), _ => true, input: false) },
            },
            ["security"] = new JsonArray(new JsonObject { ["key"] = new JsonArray() }),
        };
    }

    private static JsonObject Operation(Op op)
    {
        var parameters = new JsonArray();
        foreach (var m in op.PathMembers) parameters.Add(Parameter(m, "path", required: true));
        foreach (var m in op.QueryMembers) parameters.Add(Parameter(m, "query", required: false));
        if (op.IsMutation)
        {
            parameters.Add(Plain("dry_run", "query", "false does it; otherwise it is a dry run.", new JsonObject { ["type"] = "boolean", ["default"] = true }));
            parameters.Add(Plain("Idempotency-Key", "header", "Needed when dry_run is false; the same key repeats the same answer.",
                new JsonObject { ["type"] = "string", ["minLength"] = Limits.IdempotencyKeyMin, ["maxLength"] = Limits.IdempotencyKeyMax }));
        }
        if (op.TakesPlan) parameters.Add(Plain("plan", "query", "The plan digest that was approved, or its beginning.", new JsonObject { ["type"] = "string" }));
        if (op.Carries == Carries.Json) parameters.Add(Plain("full", "query", "Answer everything; without it long texts are lengths and digests.", new JsonObject { ["type"] = "boolean", ["default"] = false }));
        if (op.Carries == Carries.Json) parameters.Add(Plain("fields", "query", "Answer only these members of data, comma-separated, e.g. status,counts.sent_count; in a list, members of a row.", new JsonObject { ["type"] = "string" }));
        if (op.DryRunOutput is not null) parameters.Add(Plain("samples", "query", "Messages shown in a plan; one unless told.", new JsonObject { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = 20 }));
        var operation = new JsonObject
        {
            ["operationId"] = op.Command.Replace(' ', '_'),
            ["summary"] = op.Summary,
            ["description"] = $"Role: {op.Role.ToString().ToLowerInvariant()}. Effect: {op.Effect.ToString().ToLowerInvariant()}.",
            ["parameters"] = parameters,
            ["responses"] = new JsonObject { ["200"] = Success(op), ["default"] = Refusals() },
        };
        if (op.HasBody) operation["requestBody"] = Body(op);
        return operation;
    }

    private static JsonObject Parameter(ShapeMember member, string place, bool required)
    {
        var schema = JsonSchema.Of(member);
        schema.Remove("description");
        return new JsonObject { ["name"] = member.Name, ["in"] = place, ["required"] = required, ["description"] = member.Wire.Description, ["schema"] = schema };
    }

    private static JsonObject Plain(string name, string place, string description, JsonObject schema) =>
        new() { ["name"] = name, ["in"] = place, ["required"] = false, ["description"] = description, ["schema"] = schema };

    private static JsonObject Body(Op op)
    {
        var media = new JsonObject { ["schema"] = JsonSchema.Of(op.InputShape, m => m.Wire.In == WireIn.Body) };
        if (op.Example is not null) media["example"] = JsonNode.Parse(op.Example);
        return new JsonObject { ["required"] = !op.BodyOptional, ["content"] = new JsonObject { ["application/json"] = media } };
    }

    private static JsonObject Success(Op op)
    {
        if (op.Carries == Carries.Events) return Events(op);
        var properties = new JsonObject
        {
            ["success"] = new JsonObject { ["const"] = true },
            ["data"] = JsonSchema.Of(op.OutputShape, _ => true, input: false),
            ["summary"] = new JsonObject { ["type"] = "string" },
            ["next"] = Step("What may come next; after a dry run, the call that does it."),
        };
        if (op.IsMutation) properties["applied"] = new JsonObject { ["type"] = "boolean", ["description"] = "False for a dry run." };
        if (op.IsMutation) properties["undo"] = Step("What takes back what was done.");
        return new JsonObject
        {
            ["description"] = op.Summary,
            ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "object", ["properties"] = properties } } },
        };
    }

    private static JsonObject Step(string description) => new() { ["description"] = description, ["$ref"] = "#/components/schemas/NextStep" };

    private static JsonObject Events(Op op) => new()
    {
        ["description"] = "Server-sent events: `change` with the data of this schema, at last `end` with an envelope. A stream that ends without `end` broke: ask again.",
        ["content"] = new JsonObject { ["text/event-stream"] = new JsonObject { ["schema"] = JsonSchema.Of(op.OutputShape, _ => true, input: false) } },
    };

    private static JsonObject Refusals() => new()
    {
        ["description"] = "Refused; see error_code and errors.",
        ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/Failure" } } },
    };

    private static JsonObject Failure() => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("success", "error_code", "summary", "errors"),
        ["properties"] = new JsonObject
        {
            ["success"] = new JsonObject { ["const"] = false },
            ["error_code"] = new JsonObject { ["type"] = "string", ["description"] = string.Join(", ", ErrorCodes.All.Where(r => r.Http > 0).Select(r => r.Code)) },
            ["summary"] = new JsonObject { ["type"] = "string" },
            ["errors"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "object" } },
        },
    };
}

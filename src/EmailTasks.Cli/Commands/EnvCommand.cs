using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using EmailTasks.Cli.Net;
using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Commands;

/// <summary><c>env</c>: what a call would use. The key itself is never printed.</summary>
internal static class EnvCommand
{
    /// <summary>Prints it.</summary>
    public static int Run(Line line, Output output)
    {
        if (Target.Choose(line.Globals.Server, out var target) is { } refusal) return output.Refuse(refusal);
        var data = new JsonObject
        {
            ["version"] = Product.Version,
            ["system"] = RuntimeInformation.RuntimeIdentifier,
            ["server"] = new JsonObject { ["url"] = target.Url, ["from"] = target.UrlFrom },
            ["config"] = new JsonObject { ["path"] = target.Config.Path, ["exists"] = target.Config.Exists, ["private"] = target.Config.Exists ? !target.Config.IsReadByOthers : null },
            ["api_key"] = new JsonObject { ["known"] = target.Key is not null, ["from"] = target.KeyFrom },
            ["data_directory"] = ServeCommand.DefaultData,
            ["output"] = Environment.GetEnvironmentVariable("NOXINFLUENCER_OUTPUT") is ("json" or "plain") and var told ? told : "plain on a terminal, else json",
        };
        return output.Data(data, target.Key is null ? $"No key is known for {target.Url}." : $"A key for {target.Url} is known.", NextStep.Of(TaskOps.List));
    }
}

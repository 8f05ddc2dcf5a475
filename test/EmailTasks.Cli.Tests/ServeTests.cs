namespace EmailTasks.Cli.Tests;

/// <summary><c>serve</c> becomes the server beside the binary: same process, same environment.</summary>
public sealed class ServeTests : IDisposable
{
    private readonly Cli _cli = new();
    private readonly string _before = Cli.Binary;

    public void Dispose() => _cli.Dispose();

    /// <summary>A copy of the binary with a server beside it that tells what it was given.</summary>
    private string Copy(string script)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_cli.Folder, "bin")).FullName;
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(_before)!)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        Directory.CreateDirectory(Path.Combine(folder, "server"));
        var server = Path.Combine(folder, "server", "noxinfluencer-server");
        File.WriteAllText(server, "#!/bin/sh\n" + script);
        File.SetUnixFileMode(server, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return Path.Combine(folder, "noxinfluencer");
    }

    private (int Id, int Exit, string Out) Run(string binary, params string[] args)
    {
        using var process = _cli.Start(args, binary);
        process.StandardInput.Close();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.Id, process.ExitCode, text);
    }

    [Fact]
    public void It_hands_on_options_and_environment_in_the_same_process()
    {
        var binary = Copy("echo \"$$ $MARK ${DOTNET_ROOT:+root} $*\"; exit 7\n");
        _cli.Environment["MARK"] = "kept";
        var (id, exit, text) = Run(binary, "serve", "--data", "d", "--urls", "http://127.0.0.1:9", "--allow_private_hosts", "--behind-proxy", "--public-url", "https://m.example", "--dns", "127.0.0.1:5353", "--role", "api", "--login");
        Assert.Equal(7, exit);
        Assert.Equal($"{id} kept root --data d --urls http://127.0.0.1:9 --login --allow-private-hosts --public-url https://m.example --role api --dns 127.0.0.1:5353 --behind-proxy --config {_cli.Folder}/.noxinfluencer/config.json\n", text);
    }

    [Fact]
    public void It_always_names_the_data_folder()
    {
        var binary = Copy("echo \"$*\"\n");
        Assert.Equal($"--data {_cli.Folder}/.noxinfluencer/data\n", Run(binary, "serve").Out);
        _cli.Environment["NOXINFLUENCER_DATA"] = "/srv/nox";
        Assert.Equal("--data /srv/nox\n", Run(binary, "serve").Out);
        _cli.Environment["NOXINFLUENCER_DATA"] = null;
        _cli.Environment["HOME"] = null;
        Assert.Equal("--data ./noxinfluencer-data\n", Run(binary, "serve").Out);
        Assert.Equal(2, Run(binary, "serve", "--login").Exit);
    }

    [Fact]
    public void A_server_that_is_not_there_or_does_not_start_is_refused()
    {
        var binary = Copy("");
        var server = Path.Combine(_cli.Folder, "bin", "server", "noxinfluencer-server");
        File.SetUnixFileMode(server, UnixFileMode.UserRead);
        Assert.Equal(2, Run(binary, "serve").Exit);
        File.Delete(server);
        Assert.Contains("build.sh", Run(binary, "serve").Out);
        Assert.Equal(2, Run(binary, "serve", "--prot", "1").Exit);
    }
}

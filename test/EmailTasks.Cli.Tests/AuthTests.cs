using System.Text;
using System.Text.Json;

namespace EmailTasks.Cli.Tests;

/// <summary>Keys are kept in one file, for their own server, and never shown.</summary>
public sealed class AuthTests : IDisposable
{
    private const string Secret = "key_secret_0123456789";
    private readonly FakeServer _server = new((seen, _) => seen.Headers.GetValueOrDefault("Authorization") == "Bearer " + Secret ? Canned.Ok() : Canned.Fails(401, "INVALID_API_KEY"));
    private readonly Cli _cli = new();

    private string Config => Path.Combine(_cli.Folder, ".noxinfluencer", "config.json");

    public void Dispose()
    {
        _cli.Dispose();
        _server.Dispose();
    }

    private Ran Auth(string key) => _cli.Run(Encoding.UTF8.GetBytes(key), "auth", "--key-stdin", "--server", _server.Url);

    [Fact]
    public void A_good_key_is_checked_kept_and_used()
    {
        var ran = Auth(Secret + "\n");
        Assert.Equal(0, ran.Exit);
        Assert.Equal("GET", _server.Only.Method);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Config));
        Assert.Equal(Secret, JsonDocument.Parse(File.ReadAllText(Config)).RootElement.GetProperty("servers").GetProperty(_server.Url).GetProperty("api_key").GetString());
        var status = _cli.Run("auth", "status");
        Assert.Equal((0, true), (status.Exit, status.Json.GetProperty("data").GetProperty("valid").GetBoolean()));
        Assert.Equal(0, _cli.Run("email", "list").Exit);
        Assert.DoesNotContain(Secret, ran.Out + ran.Err + status.Out + status.Err + _cli.Run("env").Out);
    }

    [Theory]
    [InlineData("key_wrong", 3)]
    [InlineData("", 2)]
    [InlineData("two\nlines", 3)]
    public void A_bad_key_is_not_kept_and_not_shown(string key, int exit)
    {
        var ran = Auth(key);
        Assert.Equal(exit, ran.Exit);
        Assert.False(File.Exists(Config));
        if (key.Length > 0) Assert.DoesNotContain(key.Split('\n')[0] + "\"", ran.Out);
    }

    [Fact]
    public void A_server_that_does_not_answer_keeps_nothing()
    {
        var ran = _cli.Run(Encoding.UTF8.GetBytes(Secret), "auth", "--key-stdin", "--server", "http://127.0.0.1:9", "--timeout", "1");
        Assert.Equal(10, ran.Exit);
        Assert.False(File.Exists(Config));
    }

    [Fact]
    public void What_the_file_holds_besides_stays_and_its_mode_is_mended()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Config)!);
        File.WriteAllText(Config, """{"current":"https://other.example","servers":{"https://other.example":{"api_key":"key_other","note":"mine"}},"theme":"dark"}""");
        File.SetUnixFileMode(Config, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Equal(0, Auth(Secret).Exit);
        var root = JsonDocument.Parse(File.ReadAllText(Config)).RootElement;
        Assert.Equal(_server.Url, root.GetProperty("current").GetString());
        Assert.Equal("dark", root.GetProperty("theme").GetString());
        Assert.Equal("mine", root.GetProperty("servers").GetProperty("https://other.example").GetProperty("note").GetString());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Config));
        Assert.True(_cli.Run("auth", "logout").Json.GetProperty("data").GetProperty("changed").GetBoolean());
        Assert.Equal(3, _cli.Run("auth", "status", "--server", _server.Url).Exit);
        Assert.Contains("key_other", File.ReadAllText(Config));
        Assert.DoesNotContain(Secret, File.ReadAllText(Config));
        Assert.False(_cli.Run("auth", "logout", "--server", _server.Url).Json.GetProperty("data").GetProperty("changed").GetBoolean());
    }

    [Fact]
    public void A_key_is_never_an_argument() => Assert.Equal(2, _cli.Run("auth", Secret).Exit);
}

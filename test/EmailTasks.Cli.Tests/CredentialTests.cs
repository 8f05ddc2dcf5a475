using System.Text.Json;

namespace EmailTasks.Cli.Tests;

/// <summary>A key goes to its own server and nowhere else.</summary>
public sealed class CredentialTests : IDisposable
{
    private readonly FakeServer _one = new(Canned.Ok());
    private readonly FakeServer _two = new(Canned.Ok());
    private readonly Cli _cli = new();

    public void Dispose()
    {
        _cli.Dispose();
        _one.Dispose();
        _two.Dispose();
    }

    private void Config(string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        Directory.CreateDirectory(Path.Combine(_cli.Folder, ".noxinfluencer"));
        var path = _cli.File(".noxinfluencer/config.json", text);
        File.SetUnixFileMode(path, mode);
    }

    private string Two => $$"""{"current":"{{_one.Url}}/","servers":{"{{_one.Url}}":{"api_key":"key_one"},"{{_two.Url.ToUpperInvariant()}}/":{"api_key":"key_two"} } }""";

    [Fact]
    public void The_current_server_gets_its_own_key()
    {
        Config(Two);
        Assert.Equal(0, _cli.Run("email", "list").Exit);
        Assert.Equal("Bearer key_one", _one.Only.Headers["Authorization"]);
        Assert.Equal(0, _cli.Run("email", "list", "--server", _two.Url + "/").Exit);
        Assert.Equal("Bearer key_two", _two.Only.Headers["Authorization"]);
    }

    [Fact]
    public void The_key_of_the_environment_does_not_go_to_another_server()
    {
        _cli.Environment["NOXINFLUENCER_API_KEY"] = "key_env";
        _cli.Environment["NOXINFLUENCER_SERVER_URL"] = _one.Url;
        var ran = _cli.Run("email", "list", "--server", _two.Url);
        Assert.Equal(3, ran.Exit);
        Assert.Equal("login", ran.Json.GetProperty("action").GetProperty("type").GetString());
        Assert.Empty(_two.Requests);
        Assert.Equal(0, _cli.Run("email", "list").Exit);
        Assert.Equal("Bearer key_env", _one.Only.Headers["Authorization"]);
        _cli.Environment["NOXINFLUENCER_SERVER_URL"] = null;
        Config(Two);
        Assert.Equal("http://127.0.0.1:7025", _cli.Run("env").Json.GetProperty("data").GetProperty("server").GetProperty("url").GetString());
    }

    [Fact]
    public void Without_home_and_key_it_says_how_to_get_one()
    {
        _cli.Environment["HOME"] = null;
        var ran = _cli.Run("email", "list");
        Assert.Equal(3, ran.Exit);
        Assert.Contains("auth --key-stdin", ran.Words);
        Assert.DoesNotContain("admin.key", ran.Words);
        Assert.Equal(0, _cli.Run("env").Exit);
    }

    [Fact]
    public void Env_names_the_source_of_the_key_and_never_the_key()
    {
        Config(Two);
        var ran = _cli.Run("env");
        Assert.DoesNotContain("key_one", ran.Out + ran.Err);
        var data = ran.Json.GetProperty("data");
        Assert.True(data.GetProperty("api_key").GetProperty("known").GetBoolean());
        Assert.Equal("config", data.GetProperty("api_key").GetProperty("from").GetString());
        Assert.Equal(_one.Url, data.GetProperty("server").GetProperty("url").GetString());
    }

    [Fact]
    public void A_config_that_others_may_read_is_warned_about()
    {
        Config(Two, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var ran = _cli.Run("email", "list");
        Assert.Equal(0, ran.Exit);
        Assert.Contains("chmod 600", ran.Err);
        Assert.Equal(0, _cli.Run("schema", "email create").Err.Length);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"current":3}""")]
    [InlineData("""{"servers":[]}""")]
    [InlineData("""{"servers":{"x":1}}""")]
    [InlineData("""{"current":"http://mail.example"}""")]
    public void A_broken_config_is_refused_by_name(string text)
    {
        Config(text);
        Assert.Equal(2, _cli.Run("email", "list").Exit);
        Assert.Equal("INVALID_REQUEST", _cli.Run("env").ErrorCode);
    }

    [Theory]
    [InlineData("key\nX-Evil: 1")]
    [InlineData("kéy")]
    [InlineData("two words")]
    public void A_key_that_is_no_header_is_refused_and_not_shown(string key)
    {
        _cli.Environment["NOXINFLUENCER_API_KEY"] = key;
        _cli.Environment["NOXINFLUENCER_SERVER_URL"] = _one.Url;
        var ran = _cli.Run("email", "list");
        Assert.Equal(3, ran.Exit);
        Assert.DoesNotContain(JsonSerializer.Serialize(key).Trim('"'), ran.Out);
        Assert.Empty(_one.Requests);
    }
}

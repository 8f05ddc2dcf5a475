using EmailTasks.Server.Dispatch;
using Xunit;

namespace EmailTasks.Server.Tests.Restore;

/// <summary>What a node remembers outside the data.</summary>
public sealed class MemoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("email-tasks-memory-").FullName;

    [Fact]
    public async Task What_was_kept_is_there_after_a_restart_and_a_lower_or_equal_number_is_refused()
    {
        using (var memory = Open("node_1"))
        {
            Assert.True(await memory.Keep("mbx_1", 7, 2));
            Assert.True(await memory.Keep("mbx_1", 8, 2));
            Assert.True(await memory.Keep("mbx_2", 1, 1));
        }
        using var again = Open("node_2");
        Assert.Equal(new Remembered(8, 2), again.Known["mbx_1"]);
        Assert.False(await again.Keep("mbx_1", 8, 3));
        Assert.False(await again.Keep("mbx_1", 9, 1));
        Assert.True(await again.Keep("mbx_1", 9, 3));
        Assert.Single(Directory.GetFiles(_folder, "*.begins", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Nodes_on_one_machine_keep_their_own_and_know_each_others()
    {
        using var first = Open("node_1");
        await first.Keep("mbx_1", 5, 1);
        using var second = Open("node_2");
        Assert.Equal(5, second.Known["mbx_1"].BeginNo);
        await second.Keep("mbx_1", 6, 2);
        await first.Keep("mbx_2", 3, 1);
        first.Dispose();
        second.Dispose();
        using var third = Open("node_3");
        Assert.Equal((6, 3), (third.Known["mbx_1"].BeginNo, third.Known["mbx_2"].BeginNo));
    }

    [Fact]
    public async Task Begins_at_the_same_moment_are_all_kept()
    {
        using (var memory = Open("node_1"))
            await Task.WhenAll(Enumerable.Range(0, 64).Select(m => Task.Run(async () =>
            {
                for (var n = 1; n <= 20; n++) Assert.True(await memory.Keep($"mbx_{m}", n, 1));
            })));
        using var again = Open("node_2");
        Assert.Equal(64, again.Known.Count);
        Assert.All(again.Known.Values, r => Assert.Equal(20, r.BeginNo));
    }

    [Fact]
    public async Task A_damaged_line_harms_no_other()
    {
        using (var memory = Open("node_1"))
        {
            await memory.Keep("mbx_1", 4, 1);
            await memory.Keep("mbx_2", 5, 1);
        }
        var file = Directory.GetFiles(_folder, "*.begins", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[6] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        using var again = Open("node_2");
        Assert.Equal(["mbx_2"], again.Known.Keys);
    }

    [Fact]
    public async Task Without_a_place_it_says_so_and_remembers_as_long_as_it_lives()
    {
        var file = Path.Combine(_folder, "taken");
        await File.WriteAllTextAsync(file, "");
        using var memory = BeginMemory.Open(Path.Combine(file, "state"), "dbs_1", "node_1");
        Assert.Contains("can't be written", memory.Problem);
        Assert.True(await memory.Keep("mbx_1", 4, 1));
        Assert.False(await memory.Keep("mbx_1", 3, 1));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private BeginMemory Open(string node) => BeginMemory.Open(_folder, "dbs_1", node);
}

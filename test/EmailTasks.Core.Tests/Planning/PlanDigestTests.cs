using System.Diagnostics;
using CsCheck;
using EmailTasks.Core.Planning;
using Xunit;

namespace EmailTasks.Core.Tests.Planning;

public sealed class PlanDigestTests
{
    private static readonly Gen<string?> Field = Gen.Frequency((1, Gen.Const((string?)null)), (9, Gen.String[Gen.Char["a\0é漢,"], 0, 4].Select(s => (string?)s)));

    [Fact]
    public void Different_lists_of_fields_have_different_hashes() => Gen.Select(Field.Array[0, 5], Field.Array[0, 5]).Sample(
        (a, b) => a.SequenceEqual(b) == (Hash(a) == Hash(b)), iter: 30_000);

    [Fact]
    public void A_character_that_moves_to_the_next_field_changes_the_hash() => Gen.Select(Gen.String[1, 20], Gen.String[0, 20], Gen.Int[0, 19]).Sample(
        (a, b, at) =>
        {
            at = Math.Min(at, a.Length - 1);
            return Hash(a, b) != Hash(a[..at], a[at..] + b);
        },
        iter: 10_000);

    [Fact]
    public void Null_is_not_empty_and_fields_have_an_order()
    {
        Assert.NotEqual(Hash((string?)null), Hash(""));
        Assert.NotEqual(Hash(), Hash((string?)null));
        Assert.NotEqual(Hash("a", "b"), Hash("b", "a"));
        Assert.NotEqual(Hash("a", null), Hash(null, "a"));
    }

    [Fact]
    public void Long_fields_count_to_their_end()
    {
        var text = new string('é', 600_000);
        Assert.NotEqual(Hash(text), Hash(text[..^1] + "e"));
        Assert.Equal(Hash("short", text, "short"), Hash("short", text, "short"));
    }

    [Fact]
    public void A_digest_stands_for_names_hashes_and_order()
    {
        PlanSection[] plan = [new("content", "1"), new("sender", "2")];
        var digest = PlanDigest.Of(plan);
        Assert.Matches("^p1[0-9a-f]{64}$", digest);
        Assert.Equal(digest, PlanDigest.Of([.. plan]));
        Assert.NotEqual(digest, PlanDigest.Of(plan.Reverse()));
        Assert.NotEqual(digest, PlanDigest.Of([new("content", "1"), new("sender", "3")]));
        Assert.NotEqual(digest, PlanDigest.Of([new("content", "1"), new("products", "2")]));
        Assert.NotEqual(digest, PlanDigest.Of([plan[0]]));
    }

    [Fact]
    public void The_digest_of_an_earlier_position_is_found_by_its_beginning_and_no_other_is() =>
        Gen.Select(Gen.String[Gen.Char["a\0é漢,"], 0, 9].Array[0, 6], Gen.Int[1, 300], Gen.Int[0, 400], Gen.Int[12, 66], Gen.Int[0, 400]).Sample((names, position, back, length, at) =>
        {
            PlanSection[] At(long pos) => [.. names.Select(n => new PlanSection(n, Hash(n))), Position(pos)];
            var wanted = PlanDigest.Of(At(at));
            var within = at < position && at >= position - back;
            var found = PlanDigest.Earlier(At(position), wanted[..length], position, PlanDigest.Beginnings(At(position), position, back));
            return within ? found == (wanted, at) : found is null;
        }, iter: 2_000);

    [Theory]
    [InlineData("p1ABCDEF0123")]
    [InlineData("p2abcdef0123")]
    [InlineData("p1abcdef012g")]
    [InlineData("")]
    public void What_is_no_beginning_of_a_digest_is_looked_for_nowhere(string beginning) =>
        Assert.Null(PlanDigest.Earlier([Position(1_000)], beginning, 1_000, PlanDigest.Beginnings([Position(1_000)], 1_000, 1_000)));

    [Fact]
    public void A_wrong_digest_costs_the_same_small_work_for_each_position()
    {
        var sections = Enumerable.Range(0, 9).Select(i => new PlanSection("section" + i, Hash("x"))).Append(Position(100_000)).ToList();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        var beginnings = PlanDigest.Beginnings(sections, 100_000, 100_000);
        Assert.Null(PlanDigest.Earlier(sections, "p1" + new string('0', 64), 100_000, beginnings));
        var took = Stopwatch.GetElapsedTime(started);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        started = Stopwatch.GetTimestamp();
        for (var at = 0; at < 1_000; at++) PlanDigest.Of([.. sections.SkipLast(1), Position(at)]);
        var before = 100 * Stopwatch.GetElapsedTime(started);
        TestContext.Current.TestOutputHelper?.WriteLine($"100,000 positions: {took.TotalMilliseconds:F0} ms, {allocated} bytes; each digest made anew {before.TotalMilliseconds:F0} ms");
        Assert.InRange(allocated, 0, 1_000_000);
    }

    [Fact]
    public void Sections_that_differ_came_or_went_are_named()
    {
        PlanSection[] was = [new("content", "1"), new("sender", "2"), new("products", "3")];
        Assert.Empty(PlanDigest.Differing(was, was));
        Assert.Equal(["sender", "recipients", "products"], PlanDigest.Differing(was, [new("content", "1"), new("sender", "9"), new("recipients", "4")]));
    }

    private static PlanSection Position(long position)
    {
        using var hash = new SectionHash("suppression");
        return hash.Add(position).Done();
    }

    private static string Hash(params string?[] fields)
    {
        using var hash = new SectionHash("section");
        foreach (var field in fields) hash.Add(field);
        return hash.Done().Hash;
    }
}

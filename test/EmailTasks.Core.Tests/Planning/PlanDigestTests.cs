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
    public void Sections_that_differ_came_or_went_are_named()
    {
        PlanSection[] was = [new("content", "1"), new("sender", "2"), new("products", "3")];
        Assert.Empty(PlanDigest.Differing(was, was));
        Assert.Equal(["sender", "recipients", "products"], PlanDigest.Differing(was, [new("content", "1"), new("sender", "9"), new("recipients", "4")]));
    }

    private static string Hash(params string?[] fields)
    {
        using var hash = new SectionHash("section");
        foreach (var field in fields) hash.Add(field);
        return hash.Done().Hash;
    }
}

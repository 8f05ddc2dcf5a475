using EmailTasks.Server.Message;
using Xunit;

namespace EmailTasks.Server.Tests.Message;

/// <summary>Contents, plans and recipients with everything ordinary, so that a test says only what is special.</summary>
internal static class Contents
{
    public static readonly MessageTokens Tokens = 
        new(new string('m', MessageTokens.Length), new string('u', MessageTokens.Length), new string('o', MessageTokens.Length), link => new string((char)('0' + link), MessageTokens.ClickLength));

    public static readonly DateTimeOffset Date = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    public static RenderPlan Plan(string from = "me@brand.example", string? fromName = "Brand", string? replyTo = null, params ProductCard[] products) =>
        new(from, fromName, replyTo, "1 Main St", null, products, OwnLinks.None);

    public static MessageRecipient Recipient(string? name = "Ann", string address = "ann@example.com", params (string Name, string Value)[] variables) =>
        new(address, name, variables.ToDictionary(v => v.Name, v => v.Value));

    public static CompiledContent Compile(string? html = null, string? text = null, string subject = "Hello", string? preheader = null)
    {
        var result = ContentCompiler.Compile(new ContentSource(subject, html, text, preheader));
        Assert.Empty(result.Problems);
        return result.Content!;
    }

    public static IReadOnlyList<ContentProblem> Problems(string? html = null, string? text = null, string subject = "Hello", string? preheader = null)
    {
        var result = ContentCompiler.Compile(new ContentSource(subject, html, text, preheader));
        Assert.Null(result.Content);
        return result.Problems;
    }

    public static RenderedText Render(this CompiledContent content, MessageRecipient? recipient = null, RenderPlan? plan = null)
    {
        var result = new MessageRenderer(content, plan ?? Plan()).Render(recipient ?? Recipient(), Tokens);
        Assert.Empty(result.Problems);
        return result.Text!;
    }

    public static IReadOnlyList<RenderProblem> Refusals(this CompiledContent content, MessageRecipient recipient, RenderPlan? plan = null) =>
        new MessageRenderer(content, plan ?? Plan()).Render(recipient, Tokens).Problems;
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EmailTasks.Core.Content;

namespace EmailTasks.Server.Message;

/// <summary>Compiles a content once, so that rendering it for a million recipients only fills in values.</summary>
public static class ContentCompiler
{
    private static readonly string[] Fixed = [BuiltIns.ProductCards, BuiltIns.UnsubscribeUrl];

    /// <summary>The compiled content, or the problems of all members at once. Never throws on any input.</summary>
    public static ContentResult Compile(ContentSource source)
    {
        var problems = new List<ContentProblem>();
        var subject = Line("subject", source.Subject, problems);
        var preheader = string.IsNullOrWhiteSpace(source.Preheader) ? null : Line("preheader", source.Preheader, problems);
        if (string.IsNullOrWhiteSpace(source.Subject)) problems.Add(new ContentProblem("subject", 1, 1, "The subject is empty.", "Write a subject."));
        var html = Body("html_body", source.HtmlBody, problems);
        var text = Body("text_body", source.TextBody, problems);
        var compiledHtml = html is null ? null : HtmlCompiler.Compile(html, preheader, problems);
        var compiledText = text is null ? null : Parse("text_body", text, problems);
        if (text is null && !problems.Any(p => p.Member is "html_body" or "text_body") && (html is null || compiledHtml is { DerivedText.Segments.Count: 0 }))
            problems.Add(new ContentProblem(html is null ? "text_body" : "html_body", 1, 1, "There is no visible text.", "Write html_body or text_body with words to read."));
        CheckFixed("subject", subject?.Outputs, problems);
        CheckFixed("preheader", preheader?.Outputs, problems);
        CheckFixed("html_body", compiledHtml?.Template.Outputs.Except(preheader?.Outputs ?? [], ReferenceEqualityComparer.Instance).Cast<VariableNode>(), problems);
        CheckFixed("text_body", compiledText?.Outputs, problems);
        if (problems.Count > 0) return new ContentResult(null, problems);
        var content = new CompiledContent
        {
            Subject = CompiledTemplate.Plain(subject!),
            Html = compiledHtml?.Template,
            Text = compiledText is not null ? CompiledTemplate.Plain(compiledText) : compiledHtml!.DerivedText,
            Preheader = preheader is null ? null : CompiledTemplate.Plain(preheader),
            SubjectSource = source.Subject,
            HtmlSource = compiledHtml?.Source,
            TextSource = text,
            PreheaderSource = preheader is null ? null : source.Preheader,
            VariablesUsed = [],
            BuiltInsUsed = [],
            VariablesWithoutDefault = [],
            HasUnsubscribe = false,
            HasPostalAddress = false,
            Digest = Digest(source.Subject, compiledHtml?.Source, text, preheader is null ? null : source.Preheader),
            HtmlBytes = compiledHtml is null ? 0 : Encoding.UTF8.GetByteCount(compiledHtml.Source),
            LeftOverMarkers = [],
            Removed = compiledHtml?.Removed ?? [],
        };
        return new ContentResult(WithFacts(content, compiledHtml?.DerivedText), problems);
    }

    private static CompiledContent WithFacts(CompiledContent content, CompiledTemplate? derivedText)
    {
        List<VariableNode> outputs = [.. content.Subject.Outputs, .. content.Html?.Outputs ?? [], .. content.Text.Outputs];
        IEnumerable<CompiledTemplate> bodies = content.Html is null ? [content.Text] : [content.Html, content.Text];
        List<CompiledTemplate> visible = [content.Subject, content.Text];
        if (derivedText is not null && content.TextSource is not null) visible.Add(derivedText);
        if (content.Preheader is not null) visible.Add(content.Preheader);
        return content with
        {
            VariablesUsed = Names(outputs.Where(o => !BuiltIns.All.Contains(o.Name))),
            BuiltInsUsed = Names(outputs.Where(o => BuiltIns.All.Contains(o.Name))),
            VariablesWithoutDefault = Names(outputs.Where(o => !BuiltIns.All.Contains(o.Name) && !o.HasDefault)),
            HasUnsubscribe = bodies.All(b => b.Outputs.Any(o => o.Name == BuiltIns.UnsubscribeUrl)),
            HasPostalAddress = bodies.All(b => b.Outputs.Any(o => o.Name == BuiltIns.PostalAddress)),
            LeftOverMarkers = LeftOverMarkers.In(visible.SelectMany(v => v.Literals)),
        };
    }

    private static List<string> Names(IEnumerable<VariableNode> outputs) =>
        [.. outputs.Select(o => o.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>A member that becomes one line of a header or of a list: no line break, no control character, no cards.</summary>
    private static LiquidTemplate? Line(string member, string source, List<ContentProblem> problems)
    {
        var control = source.AsSpan().IndexOfAny(HeaderText.Control);
        if (control >= 0)
        {
            problems.Add(new ContentProblem(member, 1, control + 1, "There is a line break or another control character.", "Write it on one line."));
            return null;
        }
        var template = Parse(member, source, problems);
        foreach (var output in template?.Outputs.Where(o => o.Name == BuiltIns.ProductCards) ?? [])
            problems.Add(new ContentProblem(member, output.Line, output.Column, "Product cards can't be shown here.", "Use {{ product_cards }} in the body."));
        return template;
    }

    private static string? Body(string member, string? source, List<ContentProblem> problems)
    {
        if (string.IsNullOrWhiteSpace(source)) return null;
        var lines = source.ReplaceLineEndings("\n");
        var nul = lines.IndexOf('\0', StringComparison.Ordinal);
        if (nul < 0) return lines;
        problems.Add(new ContentProblem(member, lines.AsSpan(0, nul).Count('\n') + 1, nul - lines.AsSpan(0, nul).LastIndexOf('\n'), "There is a U+0000 character.", "Take it out."));
        return null;
    }

    private static LiquidTemplate? Parse(string member, string source, List<ContentProblem> problems)
    {
        var parse = LiquidTemplate.Parse(source);
        problems.AddRange(parse.Problems.Select(p => new ContentProblem(member, p.Line, p.Column, p.Problem, p.Fix)));
        return parse.Template;
    }

    // Cards are markup and the opt-out address is an address: a filter could only break them.
    private static void CheckFixed(string member, IEnumerable<VariableNode>? outputs, List<ContentProblem> problems)
    {
        foreach (var output in outputs ?? [])
        {
            if (Fixed.Contains(output.Name) && output.Filters.Any(f => f.Filter is not (LiquidFilter.Default or LiquidFilter.Escape)))
                problems.Add(new ContentProblem(member, output.Line, output.Column, $"{output.Name} takes no filter but default.", $"Write {{{{ {output.Name} }}}}."));
        }
    }

    private static string Digest(params string?[] sources)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (var source in sources)
        {
            var bytes = source is null ? [] : Encoding.UTF8.GetBytes(source);
            BinaryPrimitives.WriteInt32BigEndian(length, source is null ? -1 : bytes.Length); // absent is not empty
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

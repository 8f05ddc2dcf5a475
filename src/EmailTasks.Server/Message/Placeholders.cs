using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using EmailTasks.Core.Content;

namespace EmailTasks.Server.Message;

/// <summary>
/// Stands words of letters and digits in for outputs while HTML is parsed, since quotes inside braces would end an
/// attribute. The word comes from a hash of the source: nobody can write a source that contains its own, not even
/// hidden in entities.
/// </summary>
internal sealed class Placeholders
{
    private readonly IReadOnlyList<VariableNode> _outputs;
    private readonly Regex _word;
    private readonly string _nonce;

    public Placeholders(string source, LiquidTemplate template)
    {
        _outputs = template.Outputs;
        _nonce = "q" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)))[..24] + "n";
        _word = new Regex(_nonce + "([0-9]+)e", RegexOptions.NonBacktracking);
        var marked = new StringBuilder();
        var index = 0;
        foreach (var node in template.Nodes)
        {
            if (node is TextNode text) marked.Append(text.Text);
            else marked.Append(Word(index++));
        }
        Marked = marked.ToString();
    }

    /// <summary>The source with words in place of outputs.</summary>
    public string Marked { get; }

    /// <summary>A word beyond all outputs, where the preheader goes.</summary>
    public string PreheaderMark => Word(_outputs.Count);

    /// <summary>The output behind an index of <see cref="In"/>; null beyond the outputs, where the preheader and the marks of links stand.</summary>
    public VariableNode? Output(int index) => index < _outputs.Count ? _outputs[index] : null;

    /// <summary>How many outputs there are.</summary>
    public int Count => _outputs.Count;

    /// <summary>The indices in a text.</summary>
    public IEnumerable<int> In(string text) => text.Contains(_nonce, StringComparison.Ordinal) ? _word.Matches(text).Select(m => int.Parse(m.Groups[1].ValueSpan)) : [];

    /// <summary>A text as literals and indices in turn; exactly one of the two is set.</summary>
    public IEnumerable<(string? Literal, int Index)> Split(string text)
    {
        var at = 0;
        foreach (Match match in _word.Matches(text))
        {
            if (match.Index > at) yield return (text[at..match.Index], -1);
            yield return (null, int.Parse(match.Groups[1].ValueSpan));
            at = match.Index + match.Length;
        }
        if (at < text.Length) yield return (text[at..], -1);
    }

    /// <summary>The word that stands for an output.</summary>
    public string Word(int index) => $"{_nonce}{index}e";
}

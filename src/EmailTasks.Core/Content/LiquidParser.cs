using System.Text;

namespace EmailTasks.Core.Content;

/// <summary>Reads a source once, left to right; after a fault it goes on behind the output, so that all are found.</summary>
internal sealed class LiquidParser(string source)
{
    private readonly List<LiquidNode> _nodes = [];
    private readonly List<LiquidProblem> _problems = [];
    private int _at;
    private (int At, int Line, int Column) _seen = (0, 1, 1);
    private int _outputs;
    private int _end; // of the output being read: a string must close before it

    public LiquidParse Parse()
    {
        var textStart = 0;
        while (_problems.Count < LiquidTemplate.MaxProblems && NextOpening() is var open && open >= 0)
        {
            AddText(textStart, open);
            _at = open + 2;
            if (source[open + 1] == '%') Tag(open);
            else if (Close(_at) < 0) Unclosed(open);
            else Output(open);
            textStart = _at;
        }
        if (_problems.Count > 0) return new LiquidParse(null, _problems);
        AddText(textStart, source.Length);
        return new LiquidParse(new LiquidTemplate(_nodes), _problems);
    }

    private int NextOpening()
    {
        for (var at = source.IndexOf('{', _at); at >= 0 && at + 1 < source.Length; at = source.IndexOf('{', at + 1))
        {
            if (source[at + 1] is '{' or '%') return at;
        }
        return -1;
    }

    /// <summary>Where the output ends: the next braces outside a string, or else the next at all; -1 if there are none before another output begins.</summary>
    private int Close(int from)
    {
        var raw = source.IndexOf("}}", from, StringComparison.Ordinal);
        if (raw < 0) return -1;
        for (var at = from; at < source.Length; at++)
        {
            var c = source[at];
            if (c is '"' or '\'')
            {
                at = source.IndexOf(c, at + 1);
                if (at < 0) break;
            }
            else if (source.AsSpan(at).StartsWith("}}")) return at;
            else if (source.AsSpan(at).StartsWith("{{")) break;
        }
        var next = source.IndexOf("{{", from, StringComparison.Ordinal);
        return next >= 0 && next < raw ? -1 : raw;
    }

    private void Tag(int open)
    {
        Fault(open, "Tags ({% … %}) are not part of this language.", "Write {{ name | default: \"…\" }}, or one content for each case.");
        var end = source.IndexOf("%}", _at, StringComparison.Ordinal);
        if (end >= 0) _at = end + 2;
    }

    private void Unclosed(int open) => Fault(open, "The braces opened here are not closed.", "Close the output with }}.");

    private void Output(int open)
    {
        var end = _end = Close(_at);
        var before = _problems.Count;
        if (Peek() == '-')
        {
            Fault(_at, "White-space control ({{-) is not part of this language.", "Write {{ without the dash.");
            _at++;
        }
        var name = VariableName();
        var filters = new List<FilterCall>();
        while (name is not null && !AtEnd(end))
        {
            if (!FilterStart(end) || !Filter(filters)) { name = null; }
        }
        if (filters.Count > LiquidTemplate.MaxFilters)
            Fault(open, $"More than {LiquidTemplate.MaxFilters} filters in one output.", "Use fewer filters.");
        if (++_outputs == LiquidTemplate.MaxOutputs + 1)
            Fault(open, $"There are more than {LiquidTemplate.MaxOutputs} outputs.", "Write a shorter content.");
        if (name is not null && _problems.Count == before)
        {
            var (line, column) = Position(open);
            _nodes.Add(new VariableNode(name, filters, line, column, source[open..(_at + 2)]));
            _at += 2;
        }
        else _at = end + 2;
    }

    private string? VariableName()
    {
        SkipSpace();
        var start = _at;
        var name = Word();
        if (name.Length == 0)
        {
            Fault(start, AtClose() ? "The output is empty." : $"An output begins with a variable name, not with {Shown(start)}.", "Write {{ name }} or {{ name | filter: \"literal\" }}.");
            return null;
        }
        if (Peek() is '.' or '[')
        {
            Fault(start, $"Dotted names are not part of this language: {name}{Peek()}…", "Use a flat name of a-z, 0-9 and _, such as {{ video_title }}.");
            return null;
        }
        if (name.Length > LiquidTemplate.MaxNameLength || name[0] is < 'a' or > 'z' || name.Any(c => c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '_')))
        {
            Fault(start, $"\"{name}\" is not a variable name.", $"Names start with a-z, go on with a-z, 0-9 and _, and have at most {LiquidTemplate.MaxNameLength} characters.");
        }
        return name;
    }

    private bool FilterStart(int end)
    {
        if (Peek() == '|') { _at++; return true; }
        if (Peek() == '-' && _at + 1 == end) Fault(_at, "White-space control (-}}) is not part of this language.", "Write }} without the dash.");
        else Fault(_at, $"{Shown(_at)} is not expected here.", "Write | before a filter, or }} to end the output.");
        return false;
    }

    private bool Filter(List<FilterCall> filters)
    {
        SkipSpace();
        var start = _at;
        var word = Word();
        if (word.Length == 0)
        {
            Fault(start, "A filter name is missing after |.", $"Write one of {LiquidArguments.Names}.");
            return false;
        }
        var arguments = new List<LiquidLiteral>();
        SkipSpace();
        if (Peek() == ':')
        {
            do
            {
                _at++;
                SkipSpace();
                if (Literal() is not { } literal) return false;
                arguments.Add(literal);
                SkipSpace();
            }
            while (Peek() == ',');
        }
        if (LiquidArguments.Read(word, arguments, out var call, out var fault)) filters.Add(call);
        else Fault(start, fault.Problem, fault.Fix);
        return true;
    }

    private LiquidLiteral? Literal()
    {
        var start = _at;
        if (Peek() is '"' or '\'')
        {
            var end = source.IndexOf(source[_at], _at + 1);
            if (end < 0 || end >= _end) { Fault(start, "The string opened here is not closed.", "Close it with the same quote."); return null; }
            _at = end + 1;
            if (end - start - 1 <= LiquidTemplate.MaxLiteralLength) return new LiquidLiteral(source[(start + 1)..end], null);
            Fault(start, $"The string is longer than {LiquidTemplate.MaxLiteralLength} characters.", "Put long texts into the content itself.");
            return null;
        }
        while (Peek() is (>= '0' and <= '9')) _at++;
        if (_at > start && _at - start <= 9) return new LiquidLiteral(null, int.Parse(source.AsSpan(start, _at - start)));
        Fault(start, $"A literal is expected, not {Shown(start)}.", "Write \"text\", 'text' or a whole number.");
        return null;
    }

    private string Word()
    {
        var start = _at;
        while (_at < source.Length && (char.IsAsciiLetterOrDigit(source[_at]) || source[_at] == '_')) _at++;
        return source[start.._at];
    }

    private char Peek() => _at < source.Length ? source[_at] : '\0';

    private bool AtClose() => source.AsSpan(_at).StartsWith("}}");

    private bool AtEnd(int end)
    {
        SkipSpace();
        return _at >= end || AtClose();
    }

    private void SkipSpace()
    {
        while (_at < source.Length && char.IsWhiteSpace(source[_at])) _at++;
    }

    private void AddText(int from, int to)
    {
        if (to > from) _nodes.Add(new TextNode(source[from..to]));
    }

    private string Shown(int at) => Rune.TryGetRuneAt(source, Math.Min(at, source.Length - 1), out var rune) ? $"\"{rune}\"" : "a broken character";

    private void Fault(int at, string problem, string fix)
    {
        if (_problems.Count >= LiquidTemplate.MaxProblems) return;
        var (line, column) = Position(at);
        _problems.Add(new LiquidProblem(line, column, problem, fix));
    }

    // Goes on from the last position asked for, since a long source may have thousands of outputs on one line.
    private (int Line, int Column) Position(int at)
    {
        if (at < _seen.At) _seen = (0, 1, 1);
        var between = source.AsSpan(_seen.At, at - _seen.At);
        var lines = between.Count('\n');
        var column = lines == 0 ? _seen.Column : 1;
        foreach (var _ in between[(between.LastIndexOf('\n') + 1)..].EnumerateRunes()) column++;
        _seen = (at, _seen.Line + lines, column);
        return (_seen.Line, _seen.Column);
    }
}

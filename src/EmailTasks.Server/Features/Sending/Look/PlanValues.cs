using System.Globalization;
using System.Text;
using EmailTasks.Contracts;
using EmailTasks.Core.Content;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending.Look;

/// <summary>
/// How many different values recipients bring for each variable, and which stand out: the rarest, the shortest and the
/// longest. Holds a bounded part of them, so that a million recipients pass through; what is then a guess says so.
/// </summary>
internal sealed class PlanValues(IReadOnlyList<string> names)
{
    /// <summary>Different values of one variable that are told apart; beyond them their number is a lower bound.</summary>
    public const int MostDistinct = 2_000;

    /// <summary>Different shapes of values (a word, a number, an address …) that are counted.</summary>
    public const int MostShapes = 500;

    private readonly List<OneVariable> _all = [.. names.Select(n => new OneVariable(n))];

    /// <summary>Counts one recipient's values.</summary>
    public void Take(RecipientRow row, IReadOnlyDictionary<string, string>? values)
    {
        foreach (var variable in _all)
        {
            var value = variable.Name == BuiltIns.Name ? row.Name : values?.GetValueOrDefault(variable.Name);
            variable.Take(row.Address, string.IsNullOrWhiteSpace(value) ? null : value);
        }
    }

    /// <summary>As the plan shows them.</summary>
    public IReadOnlyList<PlanVariable> View() => [.. _all.Select(v => v.View())];

    /// <summary>The value that all recipients have for a variable, an empty text when none has one; null when they differ.</summary>
    public string? OfAll(string name) => _all.Find(v => v.Name == name)?.OfAll;

    private sealed class OneVariable(string name)
    {
        private const int ShownCharacters = 80;

        private sealed record Kept(string Value, string Address, ulong Shape)
        {
            public long Count { get; set; } = 1;
        }

        private readonly Dictionary<string, Kept> _values = new(StringComparer.Ordinal);
        private readonly Dictionary<ulong, (long Count, PlanValue First)> _shapes = [];
        private (int Length, PlanValue Value)? _shortest;
        private (int Length, PlanValue Value)? _longest;
        private string? _first;
        private bool _differ;
        private bool _isMore;
        private long _missing;

        public string Name => name;

        public string? OfAll => _differ || (_first is not null && _missing > 0) ? null : _first ?? "";

        public void Take(string address, string? value)
        {
            if (value is null)
            {
                _missing++;
                return;
            }
            if (_first is null) _first = value;
            else _differ |= _first != value;
            var length = value.Length;
            if (_shortest is null || length < _shortest.Value.Length) _shortest = (length, Shown(value, address, 1));
            if (_longest is null || length > _longest.Value.Length) _longest = (length, Shown(value, address, 1));
            var shape = Shape(value);
            if (_shapes.TryGetValue(shape, out var known)) _shapes[shape] = (known.Count + 1, known.First);
            else if (_shapes.Count < MostShapes) _shapes[shape] = (1, Shown(value, address, 1));
            var key = length <= ShownCharacters ? value : $"{value[..ShownCharacters]}\u0001{length}\u0001{string.GetHashCode(value, StringComparison.Ordinal)}";
            if (_values.TryGetValue(key, out var kept)) kept.Count++;
            else if (_values.Count < MostDistinct) _values[key] = new Kept(Cut(value), address, shape);
            else _isMore = true;
        }

        public PlanVariable View()
        {
            // Where all differ, what is rare is a value of another kind than the rest.
            var rarest = _isMore
                ? _shapes.Values.OrderBy(s => s.Count).Select(s => s.First).FirstOrDefault()
                : _values.Values.OrderBy(v => v.Count).ThenBy(v => _shapes.TryGetValue(v.Shape, out var s) ? s.Count : long.MaxValue).Select(v => new PlanValue(v.Value, v.Count, v.Address)).FirstOrDefault();
            return new PlanVariable(name, _values.Count, _isMore ? true : null, _missing, rarest, Unless(rarest, Counted(_shortest?.Value)), Unless(rarest, Counted(_longest?.Value)));
        }

        private static PlanValue? Unless(PlanValue? shown, PlanValue? value) => value?.Value == shown?.Value ? null : value;

        private PlanValue? Counted(PlanValue? value) =>
            value is not null && _values.TryGetValue(value.Value, out var kept) ? value with { Count = kept.Count } : value;

        private static PlanValue Shown(string value, string address, long count) => new(Cut(value), count, address);

        private static string Cut(string value) => value.Length <= ShownCharacters ? value : value[..(char.IsHighSurrogate(value[ShownCharacters - 1]) ? ShownCharacters - 1 : ShownCharacters)] + "…";

        /// <summary>What kind of text a value is: runs of letters, digits and spaces count once, other characters as they are.</summary>
        private static ulong Shape(string value)
        {
            var hash = 14_695_981_039_346_656_037UL;
            var before = 0;
            foreach (var c in value)
            {
                var kind = char.IsAscii(c) ? char.IsAsciiLetter(c) ? 'a' : char.IsAsciiDigit(c) ? '9' : c : Kind(c);
                if (kind != before || kind is not ('a' or '9' or ' ' or 'l')) hash = unchecked((hash ^ (uint)kind) * 1_099_511_628_211UL);
                before = kind;
            }
            return hash;
        }

        private static int Kind(char c) => char.IsLetter(c) ? 'l' : (int)CharUnicodeInfo.GetUnicodeCategory(c) + 256;
    }
}

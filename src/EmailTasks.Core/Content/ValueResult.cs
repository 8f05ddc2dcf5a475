namespace EmailTasks.Core.Content;

/// <summary>What one output is for one recipient, not yet escaped.</summary>
/// <param name="Value">The text; null when <paramref name="Missing"/> or <paramref name="TooLong"/>.</param>
/// <param name="DefaultUsed">The recipient had no value and a default stood in.</param>
/// <param name="Missing">No value and no default: this recipient must not be mailed.</param>
/// <param name="TooLong">A filter passed <see cref="FilterCall.MaxValueLength"/>.</param>
public readonly record struct ValueResult(string? Value, bool DefaultUsed, bool Missing, bool TooLong = false);

/// <summary>Evaluates outputs: a pure function of the node and the recipient's value.</summary>
public static class LiquidEvaluator
{
    /// <summary>Evaluates an output against a lookup that answers null for names it does not know.</summary>
    public static ValueResult Evaluate(this VariableNode node, Func<string, string?> lookup) => node.Evaluate(lookup(node.Name));

    /// <summary>
    /// Evaluates an output for a raw value. Empty and blank count as missing, before the first filter and after each:
    /// nothing is appended to a value that isn't there, and what a filter leaves blank is missing unless a default
    /// that was meant to be blank put it there.
    /// </summary>
    public static ValueResult Evaluate(this VariableNode node, string? value)
    {
        var byDefault = false;
        var filters = node.Filters;
        for (var i = 0; i < filters.Count; i++)
        {
            var call = filters[i];
            if (call.Filter == LiquidFilter.Default)
            {
                if (byDefault || !string.IsNullOrWhiteSpace(value)) continue;
                value = call.First;
                byDefault = true;
            }
            else if (byDefault || !string.IsNullOrWhiteSpace(value))
            {
                value = call.Apply(value!);
                if (value is null) return new ValueResult(null, byDefault, Missing: false, TooLong: true);
            }
        }
        return byDefault || !string.IsNullOrWhiteSpace(value)
            ? new ValueResult(value, byDefault, Missing: false)
            : new ValueResult(null, DefaultUsed: false, Missing: true);
    }
}

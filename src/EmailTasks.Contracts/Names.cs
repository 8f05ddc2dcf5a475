namespace EmailTasks.Contracts;

/// <summary>How far two names are apart.</summary>
public static class Names
{
    /// <summary>Levenshtein distance, for names short enough to be typing slips.</summary>
    public static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 3 || a.Length > 64) return int.MaxValue;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var next = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = row[j];
                row[j] = next;
            }
        }
        return row[b.Length];
    }
}

/// <summary>Variable names: <c>[a-z][a-z0-9_]{0,39}</c>.</summary>
public static class VariableNames
{
    /// <summary>True when <paramref name="name"/> may be used in content.</summary>
    public static bool IsValid(string name) =>
        name.Length is >= 1 and <= 40 && name[0] is >= 'a' and <= 'z' && name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_');
}

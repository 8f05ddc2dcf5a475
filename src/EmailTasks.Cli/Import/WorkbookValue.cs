using System.Globalization;

namespace EmailTasks.Cli.Import;

/// <summary>Numbers of a workbook as a person sees them.</summary>
internal static class WorkbookValue
{
    /// <summary>Days from 1899-12-30 to 9999-12-31: what Excel can show as a date.</summary>
    private const double DaysMax = 2_958_466;

    /// <summary>A number, or the date it stands for.</summary>
    public static string Number(string value, bool isDate, bool from1904)
    {
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return value;
        if (isDate && number is >= 0 and < DaysMax) return Date(number, from1904);
        // 0.1 is stored as 0.10000000000000001; the fifteen digits that Excel keeps are what was typed.
        return Math.Abs(number) < 1e15 ? Math.Round((decimal)number, 10).ToString("0.##########", CultureInfo.InvariantCulture) : number.ToString("R", CultureInfo.InvariantCulture);
    }

    /// <summary>True for the built-in formats of dates (ECMA-376 part 1, §18.8.30).</summary>
    public static bool IsDateFormat(int id) => id is (>= 14 and <= 22) or (>= 27 and <= 36) or (>= 45 and <= 47) or (>= 50 and <= 58);

    /// <summary>True for a format that shows a year, month, day, hour or second; quoted text and <c>[Red]</c> don't count.</summary>
    public static bool IsDateFormat(string code)
    {
        var skipping = '\0';
        for (var i = 0; i < code.Length; i++)
        {
            var c = code[i];
            if (skipping != '\0')
            {
                if (c == skipping) skipping = '\0';
            }
            else if (c == '"') skipping = '"';
            else if (c == '[') skipping = ']';
            else if (c is '\\' or '_' or '*') i++;
            else if (c is 'y' or 'Y' or 'd' or 'D' or 'h' or 'H' or 's' or 'S') return true;
        }
        return false;
    }

    private static string Date(double days, bool from1904)
    {
        var epoch = from1904 ? new DateTime(1904, 1, 1) : new DateTime(1899, 12, 30);
        // Excel believes that 1900 was a leap year: before its 29 February its days are one ahead.
        if (!from1904 && days is >= 1 and < 60) days++;
        var at = epoch.AddSeconds(Math.Round(days * 86_400));
        if (days < 1) return at.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        if (at.TimeOfDay == TimeSpan.Zero) return at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return at.ToString(at.Second == 0 ? "yyyy-MM-dd HH:mm" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }
}

using System.Text.RegularExpressions;

namespace EmailTasks.Server.Message;

/// <summary>Finds what a hurried writer leaves behind: other systems' merge fields and notes to oneself.</summary>
internal static class LeftOverMarkers
{
    /// <summary>More would not fit a warning.</summary>
    private const int MaxMarkers = 20;

    public static IReadOnlyList<string> In(IEnumerable<string> visibleTexts) =>
        [.. visibleTexts.SelectMany(t => Marker.Matches(t)).Select(m => m.Value).Distinct(StringComparer.Ordinal).Take(MaxMarkers)];

    // In order: *|FNAME|*  %FNAME%  [[name]] [Name] [First Name]  <<name>>  {name}  {first name}  TODO XXX FIXME  Lorem ipsum
    private static readonly Regex Marker = new("""\*\|[^|\r\n]{1,40}\|\*|%[A-Z][A-Z0-9_]{1,39}%|\[\[[\w .-]{1,40}\]\]|\[[A-Z][\p{L}]{1,20}(?: [\p{L}]{1,20}){0,2}\]|<<[\w .-]{1,40}>>|\{[A-Za-z][\w .-]{0,39}\}|\b(?:TODO|XXX|FIXME)\b|\b[Ll]orem ipsum\b""", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);
}

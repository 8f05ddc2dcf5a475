namespace EmailTasks.Server.Message.Seen;

/// <summary>What an element passes on to what stands in it: how large, in which colours, and why nobody sees it.</summary>
/// <param name="Hidden">Why nothing in the element is seen, whatever its parts say; null when it is.</param>
/// <param name="Faint">Why its own words aren't seen; a part may say otherwise.</param>
/// <param name="Turned">Its letters are shown in another order than they are written.</param>
internal sealed record Sight(
    double Font, CssColour Ink, CssColour Paper, double Opacity, bool Invisible, double Indent, double Spacing, string? Hidden, string? Faint, bool Turned)
{
    /// <summary>Black words on a white page.</summary>
    public static readonly Sight Page = new(CssLength.Font, CssColour.Black, CssColour.White, 1, false, 0, 0, null, null, false);

    /// <summary>Why the words are not seen, or null.</summary>
    public string? Why => Hidden ?? Faint;
}

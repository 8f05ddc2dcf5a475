using System.Globalization;
using EmailTasks.Contracts;

namespace EmailTasks.Server.Features.Sending;

/// <summary>How many mails a plan is, and on which days they leave when one is not enough: who says yes to 22 mails may mean today.</summary>
internal static class PlanDays
{
    /// <summary>Days that are told one by one; of more, the first of them and the last.</summary>
    private const int Told = 7;
    private const int FirstOfMany = 3;

    /// <summary>"1 mail", "22 mails: 10 on Tue 1, 10 on Wed 2, 2 on Thu 3 Dec".</summary>
    public static string Mails(PlanView plan) => Of(plan.MailsToSend, plan.Timing.PerDay);

    /// <inheritdoc cref="Mails"/>
    public static string Of(long mails, IReadOnlyList<DayView> days)
    {
        var text = Plural.Of(mails, "mail");
        if (days.Count <= 1) return text;
        if (days.Count <= Told) return $"{text}: {Each(days)}";
        return $"{text} over {days.Count} days: {Each([.. days.Take(FirstOfMany)])}, and so on, the last {days[^1].Mails} on {Day(days[^1])} {Month(days[^1])}";
    }

    /// <summary>The month stands behind the last of its days.</summary>
    private static string Each(IReadOnlyList<DayView> days) => string.Join(", ", days.Select((day, i) =>
        $"{day.Mails} on {Day(day)}{(i + 1 < days.Count && Month(days[i + 1]) == Month(day) ? "" : " " + Month(day))}"));

    private static string Day(DayView day) => Date(day).ToString("ddd d", CultureInfo.InvariantCulture);

    private static string Month(DayView day) => Date(day).ToString("MMM", CultureInfo.InvariantCulture);

    private static DateOnly Date(DayView day) => DateOnly.ParseExact(day.Date, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}

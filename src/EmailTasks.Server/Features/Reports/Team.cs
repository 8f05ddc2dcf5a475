using System.Globalization;
using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Reports;

/// <summary>The same numbers over several tasks: together, and by the member who owns them.</summary>
internal static class Team
{
    /// <summary>Ids in one call.</summary>
    private const int IdsMax = 200;

    public static async Task<Outcome<TeamSummaryView>> Summary(GetTeamSummary input, Call call, CancellationToken ct) => await call.Read<Outcome<TeamSummaryView>>(async db =>
    {
        var (scope, refusal) = await Scope(db, call, input.TaskIds, input.Uids, input.From, input.To);
        if (refusal is not null) return refusal;
        var tasks = await ReportRows.Tasks(db, call.Account, scope!);
        var seen = Numbers.Of(tasks);
        var sets = tasks.ConvertAll(t => t.SetId);
        var bare = new TeamSummaryView(tasks.Count, Micros.At(scope!.From), Micros.At(scope.Until), seen.Inbound, Numbers.Timeline(await HourRows.Of(db, sets), seen));
        var view = Numbers.On(bare, await ReportRows.Sum(db, sets), seen, await ReportRows.Repliers(db, sets));
        return Outcome<TeamSummaryView>.Done(view, $"{Plural.Of(tasks.Count, "task")}: {view.SentCount} of {view.RecipientCount} sent{Report.CameBack(view)}.{Tasks.Standing.Uncertain(view.UncertainCount)}");
    });

    public static async Task<Outcome<Page<TeamMemberFigures>>> Breakdown(GetTeamBreakdown input, Call call, CancellationToken ct)
    {
        var (ask, wrong) = Pages.Ask(input.PageSize, input.PageNum, input.Cursor);
        if (wrong is not null) return wrong;
        return await call.Read<Outcome<Page<TeamMemberFigures>>>(async db =>
        {
            var (scope, refusal) = await Scope(db, call, input.TaskIds, input.Uids, input.From, input.To);
            if (refusal is not null) return refusal;
            var members = (await ReportRows.Tasks(db, call.Account, scope!)).GroupBy(t => t.OwnerUid, StringComparer.Ordinal).OrderByDescending(g => g.Key, StringComparer.Ordinal).ToList();
            var names = await MemberRows.Names(db, call.Account, members.Select(m => m.Key));
            var page = members.Where(m => ask.Cursor is null || string.CompareOrdinal(m.Key, ask.Cursor) < 0).Skip(ask.Cursor is null ? ((ask.Number ?? 1) - 1) * ask.Size : 0).Take(ask.Size + 1).ToList();
            var views = new List<TeamMemberFigures>();
            foreach (var member in page.Take(ask.Size))
            {
                var (tasks, sets) = (member.ToList(), member.Select(t => t.SetId).ToList());
                var seen = Numbers.Of(tasks);
                var bare = new TeamMemberFigures(member.Key, names.GetValueOrDefault(member.Key, ""), tasks.Count, seen.Inbound);
                views.Add(Numbers.On(bare, await ReportRows.Sum(db, sets), seen, await ReportRows.Repliers(db, sets)));
            }
            var listed = new Listed<TeamMemberFigures>(views, members.Count, false, page.Count > ask.Size ? views[^1].Uid : null);
            return Outcome<Page<TeamMemberFigures>>.Done(Pages.Of(listed, ask, views), Pages.Sentence(members.Count, false, "member"));
        });
    }

    /// <summary>What was asked for; a task or member that is not there refuses the call: a sum without it would be a wrong one.</summary>
    private static async ValueTask<(ReportScope? Scope, Refusal? Refusal)> Scope(Db db, Call call, string? taskIds, string? uids, string? from, string? to)
    {
        var (tasks, people) = (Ids(taskIds), Ids(uids));
        if (tasks is null && from is null && to is null) return (null, Refusal.Invalid("task_ids", "missing", "Say which tasks.", "Give task_ids, or days with from and to."));
        if (tasks?.Count > IdsMax || people?.Count > IdsMax) return (null, Refusal.Invalid(tasks?.Count > IdsMax ? "task_ids" : "uids", "too_many", $"At most {IdsMax} ids a call.", "Ask in parts, or by from and to."));
        foreach (var id in tasks ?? [])
        {
            if (IdKinds.Mismatch(id, "tsk") is { } wrong) return (null, Refusal.Invalid("task_ids", "wrong_id", wrong, "List tasks: noxinfluencer email list"));
        }
        if (tasks is not null)
        {
            var there = (await ReportRows.Tasks(db, call.Account, new ReportScope(tasks, null, null, null))).ConvertAll(t => t.Id);
            if (tasks.Except(there, StringComparer.Ordinal).FirstOrDefault() is { } missing) return (null, Refusal.NotFound("task", missing, "task_ids"));
        }
        if (people is not null)
        {
            var names = await MemberRows.Names(db, call.Account, people);
            if (people.Find(p => !names.ContainsKey(p)) is { } missing) return (null, Refusal.NotFound("member", missing, "uids"));
        }
        var zone = TimeZoneInfo.FindSystemTimeZoneById((await GateRows.Account(db, call.Account))?.TimeZone ?? "UTC");
        var (first, badFrom) = Day(from, "from", zone, 0);
        var (last, badTo) = Day(to, "to", zone, 1);
        return (badFrom ?? badTo) is { } bad ? (null, bad) : (new ReportScope(tasks, people, first, last), null);
    }

    private static List<string>? Ids(string? csv) => string.IsNullOrWhiteSpace(csv) ? null : [.. csv.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];

    private static (long? At, Refusal? Refusal) Day(string? text, string path, TimeZoneInfo zone, int plus)
    {
        if (text is null) return (null, null);
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) || day.Year is < 1970 or > 9000)
            return (null, Refusal.Invalid(path, "bad_format", "This is no day.", "Write it like 2026-11-01."));
        var midnight = day.AddDays(plus).ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight)) midnight = midnight.AddMinutes(15); // where clocks go forward at midnight, the day begins later
        return (Micros.Of(new DateTimeOffset(midnight, zone.GetUtcOffset(midnight))), null);
    }
}

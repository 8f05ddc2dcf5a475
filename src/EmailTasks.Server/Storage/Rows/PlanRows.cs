namespace EmailTasks.Server.Storage.Rows;

/// <summary>What a send was approved as. Written once; rendering reads nothing else.</summary>
public sealed class PlanRow
{
    public required string Task { get; init; }
    public int PlanNo { get; init; }
    public long SetId { get; init; }
    public required string Digest { get; init; }
    public int RenderVersion { get; init; }
    public int ContentVersion { get; init; }
    public required string Sender { get; init; }
    public required string Products { get; init; }
    public string? PostalAddress { get; init; }
    public string? Footer { get; init; }
    public required string Tracking { get; init; }
    public long? SendUntil { get; init; }

    /// <summary>When it was planned to start; null for a send at once.</summary>
    public long? PlanSendAt { get; init; }

    /// <summary>The offset that time was written with.</summary>
    public string? GivenOffset { get; init; }

    public long SuppressionPos { get; init; }
    public bool AllowRepeat { get; init; }
    public bool AllowHeld { get; init; }
    public required string Uid { get; init; }
    public required string KeyId { get; init; }
    public long CreatedAt { get; init; }
}

/// <summary>Statements over plans.</summary>
public static class PlanRows
{
    public static ValueTask<PlanRow?> Load(Db db, string task, int planNo) =>
        db.One<PlanRow>("select * from plan where task = @task and plan_no = @planNo", new { task, planNo });

    /// <summary>What of a task's mails points at this server, as its last plan fixed it.</summary>
    public static async ValueTask<PlanTracking> Tracking(Db db, TaskRow task) =>
        PlanTracking.Of(await db.One<string>("select tracking from plan where task = @Id and plan_no = @PlanNo", new { task.Id, task.PlanNo }));

    public static ValueTask<int> Insert(Db db, PlanRow row) => db.Execute(
        """
        insert into plan (task, plan_no, set_id, digest, render_version, content_version, sender, products, postal_address, footer, tracking, send_until,
          suppression_pos, allow_repeat, uid, key_id, created_at, plan_send_at, given_offset, allow_held)
        values (@Task, @PlanNo, @SetId, @Digest, @RenderVersion, @ContentVersion, @Sender, @Products, @PostalAddress, @Footer, @Tracking, @SendUntil,
          @SuppressionPos, @AllowRepeat, @Uid, @KeyId, @CreatedAt, @PlanSendAt, @GivenOffset, @AllowHeld)
        """, row);
}

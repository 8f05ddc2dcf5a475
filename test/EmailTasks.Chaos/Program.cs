using System.Runtime.InteropServices;
using EmailTasks.Chaos;

// Real processes, a real database, a mail server that misbehaves: see docs/adr/0022-chaos.md. Exit code 0 means that
// every check held and every negative control failed, as it must.
const double SqliteShare = 0.22;
const double PostgresShare = 0.78;
const int NodesOnPostgres = 3;
const int WantedOnPostgres = 30_000;

// Who stops it, stops its servers too: they are killed when this process exits, and a signal alone would not let it.
PosixSignal[] signals = [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP];
var registered = signals.Select(s => PosixSignalRegistration.Create(s, _ => Environment.Exit(2))).ToList();

var options = Options.Read(args);
var seed = new Seed(options.Seed);
Console.WriteLine($"Chaos, seed {options.Seed} (again: ./test.sh --seed {options.Seed})");
var (passed, failed) = (0, 0);

if (options.Does("controls"))
{
    using (var queue = new VisibilityTimeout(seed))
    {
        var duplicates = (await queue.Run()).Duplicates;
        Check(duplicates > 0, $"negative control: a queue with a visibility timeout mails people twice; the verdict found {duplicates}");
    }
    var off = await GateOff.Run(asks: false);
    Check(off.Findings.Count > 0, $"negative control: without the gate dots leave after a cancel; the verdict found {off.Findings.Count}, the last {off.WorstAfterCancel:F2} s after");
    var on = await GateOff.Run(asks: true);
    Check(on.Findings.Count == 0, $"with the gate none does; the verdict found {on.Findings.Count}");
}
if (options.Does("sqlite")) await Run(() => World.Sqlite(seed), options.People / 4, SqliteShare);
if (options.Does("postgres")) await Run(() => World.Postgres(seed, NodesOnPostgres), options.People, PostgresShare);

Console.WriteLine($"Total: {passed + failed}, Errors: 0, Failed: {failed}, Skipped: 0");
if (failed > 0) Console.WriteLine($"Seed {options.Seed}");
GC.KeepAlive(registered);
return failed == 0 ? 0 : 1;

void Check(bool good, string what)
{
    Console.WriteLine($"{(good ? "ok    " : "[FAIL]")} {what}");
    if (good) passed++;
    else failed++;
}

async Task Run(Func<Task<World>> make, int people, double share)
{
    var (waves, each) = options.Waves(share);
    World? world = null;
    var deeds = new Deeds();
    try
    {
        world = await make();
        for (var number = 1; number <= waves; number++) await ToQuiet(world, deeds, number, waves, people, each);
    }
    catch (Exception e)
    {
        Check(false, $"{world?.Name ?? "making a world"}: {e}");
        if (world is not null) Console.WriteLine($"The sink's events and the nodes' logs: {await Evidence.Write(world)}");
    }
    finally
    {
        if (world is not null) await world.DisposeAsync();
    }
}

async Task ToQuiet(World world, Deeds deeds, int number, int waves, int people, TimeSpan each)
{
    var wave = new Wave(world, deeds, number, people, each);
    var verdict = await wave.Run();
    await Summary.Print(world, deeds, verdict, wave.Phases);
    var sends = world.Sink.Dotted.Count();
    if (world.Cluster is not null && number == waves && sends < WantedOnPostgres) Console.WriteLine($"This machine was too slow for {WantedOnPostgres} sends in this time: {sends} were made. Every check was made all the same.");
    Check(verdict.Findings.Count == 0, $"{world.Name}, quiet point {number}: {verdict.Findings.Count} findings");
    if (verdict.Findings.Count > 0) Console.WriteLine($"The sink's events and the nodes' logs: {await Evidence.Write(world)}");
}

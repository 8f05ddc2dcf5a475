using EmailTasks.Bench;

// bench.sh calls this with what it built: --cli, --server, --node, --peers, --sink; and, for a shorter or longer run,
// --mails, --rounds, --starts; --soak M runs M minutes at full load instead, --reports N
// measures reports over N recipients. The mode "mailkit" is the peer that runs in a process of its own.
if (args is ["mailkit", var port, var connections, var file]) return await MailKitPeer.Serve(int.Parse(port), int.Parse(connections), file);
var options = new Dictionary<string, string>(StringComparer.Ordinal);
for (var i = 0; i + 1 < args.Length; i += 2) options[args[i][2..]] = args[i + 1];
int Number(string name, int otherwise) => options.TryGetValue(name, out var text) ? int.Parse(text) : otherwise;

if (Number("soak", 0) is var minutes and > 0) return await Sending.Soak(options["server"], options["sink"], TimeSpan.FromMinutes(minutes)) ? 0 : 1;

if (Number("reports", 0) is var people and > 0)
{
    Line.Print(await Reports.Measure(options["server"], people));
    return 0;
}

var table = new List<Line>();
if (Number("starts", 40) is var starts and > 0) table.AddRange(Starts.Measure(options["cli"], options["node"], starts));
if (Number("rounds", 3) is var rounds and > 0) table.AddRange(await Sending.Measure(options["server"], options["node"], options["peers"], options["sink"], Number("mails", 20_000), rounds));
Line.Print(table);
return 0;

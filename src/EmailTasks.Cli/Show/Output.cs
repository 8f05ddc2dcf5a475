using System.Text.Json;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Show;

/// <summary>
/// Standard output: exactly one answer goes there. JSON unless a person is looking; indented on a terminal, else as it
/// came, on one line, the way <c>gh</c> does it.
/// </summary>
internal sealed class Output
{
    private readonly bool _json;
    private readonly bool _terminal;
    private int _answered;

    private Output(bool json, bool terminal) => (_json, _terminal) = (json, terminal);

    /// <summary>Print this one value instead of the answer.</summary>
    public FieldPath? Field { get; set; }

    /// <summary>Where <c>--output</c> form and terminal are decided, from the raw arguments: bad usage is answered in the form asked for.</summary>
    public static Output For(string[] args)
    {
        var terminal = Descriptor.IsTerminal(Descriptor.Out);
        var told = Environment.GetEnvironmentVariable("NOXINFLUENCER_OUTPUT");
        var json = Globals.Has(args, "--json")
            || (!Globals.Has(args, "--plain") && told != "plain" && (!terminal || told == "json"));
        return new Output(json, terminal);
    }

    /// <summary>Prints an envelope and gives its exit code.</summary>
    public int Answer(byte[] envelope)
    {
        if (Interlocked.Exchange(ref _answered, 1) != 0) return 130;
        using var document = JsonDocument.Parse(envelope);
        var root = document.RootElement;
        var exit = Exit(root);
        if (Field is not null) PrintField(root, exit, envelope);
        else if (!_json) Print(new Plain(_terminal ? Screen.Width : 120, Screen.Colour(_terminal)).Envelope(root));
        else if (_terminal) Print(Indented(root));
        else Write(envelope, newLine: true);
        return exit;
    }

    /// <summary>Whether what happens is told as JSON lines before the answer.</summary>
    public bool TellsInJson => _json && Field is null;

    /// <summary>Whether a person reads the answer as text.</summary>
    public bool ShowsScreen => !_json && Field is null;

    /// <summary>Prints one JSON line before the answer; false when nobody reads any more.</summary>
    public static bool Tell(byte[] json) => Descriptor.Write(Descriptor.Out, [.. json, (byte)'\n']);

    /// <summary>Prints a refusal of the command line's own.</summary>
    public int Refuse(Refusal refusal, Meta? meta = null) => Answer(Envelope.Failure(refusal, meta));

    /// <summary>Prints data that needed no server.</summary>
    public int Data(System.Text.Json.Nodes.JsonNode data, string summary, NextStep? next = null) =>
        Answer(Envelope.Success(null, Documents.Bytes(data), summary, next, null));

    /// <summary>Prints text (<c>--help</c>, <c>--version</c>), or with <c>--json</c> a document.</summary>
    public int Text(string text, Func<byte[]> document)
    {
        if (_json && Globals.Has(Environment.GetCommandLineArgs(), "--json")) return Answer(document());
        Print(text + "\n");
        return 0;
    }

    /// <summary>Prints a script for another program: never JSON.</summary>
    public int Script(string text)
    {
        Print(text);
        return 0;
    }

    /// <summary>Prints text to a person, and a document where JSON is due.</summary>
    public int TextUnlessJson(string text, Func<byte[]> document)
    {
        if (_json) return Answer(document());
        Print(text + "\n");
        return 0;
    }

    /// <summary>True when the failure is about stdout itself (a full disk behind it).</summary>
    public bool IsBroken(IOException e) => _answered != 0 && e is not (FileNotFoundException or DirectoryNotFoundException);

    private static int Exit(JsonElement root) =>
        root.GetProperty("success").ValueKind == JsonValueKind.True ? 0 : ErrorCodes.Row(root.GetProperty("error_code").GetString()!).Exit;

    /// <summary>
    /// One raw value. A failed call prints nothing on stdout unless the path is in the failure too, so that
    /// <c>id=$(… --field data.task_id)</c> never holds half an envelope; what went wrong goes to stderr.
    /// </summary>
    private void PrintField(JsonElement root, int exit, byte[] envelope)
    {
        var value = Field!.In(root);
        if (value is null && exit != 0)
        {
            if (!Descriptor.IsTerminal(Descriptor.Error)) Stderr.Bytes(envelope);
            else Stderr.Text(new Plain(Screen.Width, Screen.Colour(terminal: true)).Envelope(root));
            return;
        }
        var text = value is not { } found ? "null" : found.ValueKind == JsonValueKind.String ? Words(found) : found.GetRawText();
        Print((_terminal ? Clean.Block(text) : text) + "\n");
    }

    private static string Words(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return text.GetRawText();
        }
    }

    private static string Indented(JsonElement root)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, Envelope.Options with { Indented = true, SkipValidation = true })) root.WriteTo(writer);
        return Clean.Json(System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan)) + "\n";
    }

    private static void Print(string text) => Write(System.Text.Encoding.UTF8.GetBytes(text), newLine: false);

    private static void Write(byte[] bytes, bool newLine)
    {
        Descriptor.Write(Descriptor.Out, newLine && bytes[^1] != '\n' ? [.. bytes, (byte)'\n'] : bytes);
    }
}

using System.Collections.Concurrent;
using System.Collections.Immutable;
using EmailTasks.Server.Storage;

namespace EmailTasks.Server.Dispatch;

/// <summary>What a node remembers of a mailbox.</summary>
/// <param name="BeginNo">The number of its last begin.</param>
/// <param name="Epoch">The lease it was made under.</param>
public sealed record Remembered(long BeginNo, long Epoch);

/// <summary>
/// What this node began, kept outside the database: after a begin's commit was acknowledged and before the first byte
/// leaves. A database that was put back knows of fewer begins than this file. One slot a mailbox, written in place, so
/// the file never grows and a flush costs little; lanes that begin together share one.
/// </summary>
public sealed class BeginMemory : IDisposable
{
    private const string Suffix = ".begins";
    private const int Tries = 20;
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _slots = new(StringComparer.Ordinal);
    private readonly BlockingCollection<Entry> _queue = [];
    private readonly FileStream? _file;
    private readonly Thread? _thread;
    private volatile ImmutableDictionary<string, Remembered> _known;
    private bool _isClosed;

    private BeginMemory(FileStream? file, ImmutableDictionary<string, Remembered> known, string? problem)
    {
        _file = file;
        _known = known;
        Problem = problem;
        if (file is null) return;
        foreach (var (mailbox, _) in known) Write(mailbox);
        Disk.FlushData(file.SafeFileHandle);
        _thread = new Thread(Run) { IsBackground = true, Name = "begin memory" };
        _thread.Start();
    }

    /// <summary>Why nothing outlasts this process, or null when it does.</summary>
    public string? Problem { get; private set; }

    /// <summary>Everything remembered at this moment.</summary>
    public ImmutableDictionary<string, Remembered> Known => _known;

    /// <summary>Opens the memory of a database in a state folder. Without a place that can be written, it lasts as long as the process.</summary>
    /// <param name="node">This node's own file: others may live beside it.</param>
    public static BeginMemory Open(string? folder, string databaseId, string node)
    {
        if (folder is null) return new BeginMemory(null, ImmutableDictionary<string, Remembered>.Empty, "No state folder was named");
        try
        {
            var place = Path.Combine(folder, databaseId);
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(place);
            else Directory.CreateDirectory(place, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return TakeOver(place, node);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new BeginMemory(null, ImmutableDictionary<string, Remembered>.Empty, $"The state folder {folder} can't be written");
        }
    }

    /// <summary>Remembers a begin. False when more was remembered than the database says: then it went back in time, and nothing may leave.</summary>
    public Task<bool> Keep(string mailbox, long beginNo, long epoch)
    {
        var entry = new Entry(mailbox, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            // Every begin has a number of its own: the same one again is proof as well.
            if (_known.TryGetValue(mailbox, out var last) && (beginNo <= last.BeginNo || epoch < last.Epoch)) return Task.FromResult(false);
            _known = _known.SetItem(mailbox, new Remembered(beginNo, epoch));
            if (_file is null || _isClosed) return Task.FromResult(true);
            _queue.Add(entry);
        }
        return entry.Done.Task;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isClosed) return;
            _isClosed = true;
            _queue.CompleteAdding();
        }
        _thread?.Join();
        _file?.Dispose();
        _queue.Dispose();
    }

    /// <summary>Takes up what nodes before left, and what others that live remember. A file goes only when its numbers are safe in another.</summary>
    private static BeginMemory TakeOver(string place, string node)
    {
        for (var tries = 1; ; tries++)
        {
            var left = new List<FileStream>();
            try
            {
                var known = new Dictionary<string, Remembered>(StringComparer.Ordinal);
                foreach (var path in Directory.GetFiles(place, "*" + Suffix)) Read(path, known, left);
                var mine = new FileStream(Path.Combine(place, $"{node}_{tries}{Suffix}"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
                var memory = new BeginMemory(mine, known.ToImmutableDictionary(StringComparer.Ordinal), null);
                Disk.FlushFolder(place);
                foreach (var file in left) File.Delete(file.Name);
                return memory;
            }
            catch (IOException) when (tries < Tries)
            {
                Thread.Sleep(Again); // another node takes over at the same moment
            }
            finally
            {
                left.ForEach(f => f.Dispose());
            }
        }
    }

    private static void Read(string path, Dictionary<string, Remembered> into, List<FileStream> left)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            left.Add(file); // nobody holds it: its node is gone
        }
        catch (IOException) when (File.Exists(path))
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        if (!left.Contains(file)) file.Dispose();
        foreach (var (mailbox, found) in MemorySlots.Read(bytes))
        {
            var last = into.GetValueOrDefault(mailbox) ?? new Remembered(0, 0);
            into[mailbox] = new Remembered(Math.Max(last.BeginNo, found.BeginNo), Math.Max(last.Epoch, found.Epoch));
        }
    }

    private void Run()
    {
        var together = new List<Entry>();
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            together.Add(first);
            while (_queue.TryTake(out var next)) together.Add(next);
            try
            {
                foreach (var mailbox in together.Select(e => e.Mailbox).Distinct()) Write(mailbox);
                Disk.FlushData(_file!.SafeFileHandle);
                Problem = null;
            }
            catch (IOException)
            {
                Problem = "The state folder can't be written any more"; // sending goes on: this guards against what may never happen
            }
            foreach (var entry in together) entry.Done.SetResult(true);
            together.Clear();
        }
    }

    private void Write(string mailbox)
    {
        if (!_slots.TryGetValue(mailbox, out var slot)) _slots[mailbox] = slot = _slots.Count;
        RandomAccess.Write(_file!.SafeFileHandle, MemorySlots.Line(mailbox, _known[mailbox]), (long)slot * MemorySlots.Bytes);
    }

    private sealed record Entry(string Mailbox, TaskCompletionSource<bool> Done);
}

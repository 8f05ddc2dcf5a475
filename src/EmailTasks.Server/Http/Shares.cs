namespace EmailTasks.Server.Http;

/// <summary>
/// So much of something at once: places, or bytes. One key can have only a part of it; who does not fit waits a while in
/// turn, and is then told to come again. Nobody is passed by those who fit only because they want less.
/// </summary>
/// <param name="most">All together.</param>
/// <param name="each">One key at once; at least what one call may ask for.</param>
/// <param name="wait">How long a turn is waited for; null for as long as it takes.</param>
/// <param name="waiting">Calls of one key that may wait.</param>
public sealed class Shares(long most, long each, TimeSpan? wait, int waiting, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Place> _queue = [];
    private readonly Dictionary<string, (long Has, int Waits)> _keys = new(StringComparer.Ordinal);
    private long _taken;

    /// <summary>How much is taken now.</summary>
    public long Taken
    {
        get { lock (_gate) return _taken; }
    }

    /// <summary>Takes a share, or null when none came free in time. Disposing gives it back.</summary>
    public async Task<IDisposable?> Take(string key, long amount, CancellationToken ct)
    {
        var place = new Place(this, key, Math.Min(amount, each));
        lock (_gate)
        {
            var (has, waits) = _keys.GetValueOrDefault(key);
            if (_queue.Count == 0 && Fits(place)) Give(place);
            else if (waits >= waiting) return null;
            else
            {
                _keys[key] = (has, waits + 1);
                place.Node = _queue.AddLast(place);
                Serve(); // only somebody else's key may be what the others wait for
            }
        }
        try
        {
            if (wait is { } limit) await place.Ready.Task.WaitAsync(limit, time, ct);
            else await place.Ready.Task.WaitAsync(ct);
            return place;
        }
        catch (TimeoutException)
        {
            return Leave(place) ? null : place;
        }
        catch
        {
            if (!Leave(place)) place.Dispose();
            throw;
        }
    }

    private bool Fits(Place place) => _taken + place.Amount <= most && _keys.GetValueOrDefault(place.Key).Has + place.Amount <= each;

    private void Give(Place place)
    {
        var (has, waits) = _keys.GetValueOrDefault(place.Key);
        _keys[place.Key] = (has + place.Amount, waits);
        _taken += place.Amount;
        place.Ready.TrySetResult();
    }

    /// <summary>Whose key has its part is passed; the first whom only the whole is too small for is not.</summary>
    private void Serve()
    {
        for (var node = _queue.First; node is not null;)
        {
            var (place, next) = (node.Value, node.Next);
            if (Fits(place))
            {
                Remove(place);
                Give(place);
            }
            else if (_taken + place.Amount > most) return;
            node = next;
        }
    }

    /// <summary>True when it waited still.</summary>
    private bool Leave(Place place)
    {
        lock (_gate)
        {
            if (place.Node is null) return false;
            Remove(place);
            Serve();
            return true;
        }
    }

    private void Remove(Place place)
    {
        _queue.Remove(place.Node!);
        place.Node = null;
        var (has, waits) = _keys[place.Key];
        _keys[place.Key] = (has, waits - 1);
        Forget(place.Key);
    }

    private void GiveBack(Place place)
    {
        lock (_gate)
        {
            var (has, waits) = _keys[place.Key];
            _keys[place.Key] = (has - place.Amount, waits);
            Forget(place.Key);
            _taken -= place.Amount;
            Serve();
        }
    }

    private void Forget(string key)
    {
        if (_keys[key] is { Has: 0, Waits: 0 }) _keys.Remove(key);
    }

    private sealed class Place(Shares of, string key, long amount) : IDisposable
    {
        private int _left;

        public string Key => key;

        public long Amount => amount;

        public LinkedListNode<Place>? Node { get; set; }

        public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) of.GiveBack(this);
        }
    }
}

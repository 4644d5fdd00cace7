/// How many snapshots are asked for at a time, so that an answer takes a few seconds: storages differ by a factor of a hundred.
struct PageSize: Sendable {
    /// 1 to 1,000.
    private(set) var count = 16
    /// What it grows to.
    private var limit = 1_000

    /// An answer took so long.
    mutating func record(took duration: Duration) {
        if duration < .seconds(1) { count = min(count * 2, limit) }
        if duration > .seconds(4) { count = max(count / 2, 1) }
    }

    /// No answer came in time; returns false if less can't be asked for.
    mutating func shrink() -> Bool {
        guard count > 1 else { return false }
        count = max(count / 4, 1)
        return true
    }

    /// So many were too much for the engine, which is not asked for that again; returns false if less can't be asked for.
    mutating func recordTooMuch() -> Bool {
        limit = max(count / 2, 1)
        return shrink()
    }
}

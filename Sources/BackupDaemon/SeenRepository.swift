package import Backups
package import ElasticsearchClient
package import Time

/// What a look at the repository showed, worked out once for all that tell of it.
package struct SeenRepository: Sendable {
    /// What it holds of one job.
    struct OfJob: Sendable {
        var newest: Backup?
        var newestGood: Backup?
        /// When the oldest good one was due or began.
        var oldestGood: Instant?
        /// When the good ones were due or began, newest first.
        var successes: [Instant] = []
        /// Of the schedule by which the newest scheduled one was taken, whatever became of it.
        var scheduleHash: String?
        /// The median of what the good ones took; zero if there is none.
        var medianDuration = Duration.zero
        /// When the last one to begin began.
        var lastStart: Instant?
    }

    /// When the look began.
    package private(set) var time: Instant
    /// The same by the monotonic clock.
    package private(set) var uptime: Duration
    package let engine: EngineDescription
    package let markers: Markers
    /// Of the look: an equal one has shown the same.
    private let revision: Int
    /// Snapshots of ours, by name, that can't be read.
    package let unreadable: [String]
    /// By name, those that are no longer configured included.
    let jobs: [String: OfJob]
    /// Those that can be read.
    let counts: [BackupState: Int]
    let unreadableCount: Int
    let heldCount: Int

    init(_ look: RepositoryLook, time: Instant, uptime: Duration) {
        (self.time, self.uptime) = (time, uptime)
        (engine, markers, unreadable, revision) = (look.engine, look.markers, look.unreadable, look.revision)
        var (jobs, durations): ([String: OfJob], [String: [Duration]]) = ([:], [:])
        var (counts, unreadableCount, heldCount): ([BackupState: Int], Int, Int) = ([:], 0, 0)
        for backup in look.backups {
            if backup.isUnreadable { unreadableCount += 1 } else { counts[backup.state, default: 0] += 1 }
            if backup.hold != nil { heldCount += 1 }
            for job in backup.metadata?.jobs ?? [] {
                jobs[job, default: OfJob()].take(backup)
                if jobs[job]?.scheduleHash == nil { jobs[job]?.scheduleHash = backup.metadata?.scheduleHash(of: job) }
                if backup.state == .completed, let duration = backup.duration {
                    durations[job, default: []].append(duration)
                }
            }
        }
        for (job, durations) in durations { jobs[job]?.medianDuration = durations.sorted()[durations.count / 2] }
        (self.jobs, self.counts, self.unreadableCount, self.heldCount) = (jobs, counts, unreadableCount, heldCount)
    }
}

extension SeenRepository {
    /// What a later look showed: where nothing has changed, the same at another time.
    func after(_ look: RepositoryLook, time: Instant, uptime: Duration) -> SeenRepository {
        guard look.revision == revision else { return SeenRepository(look, time: time, uptime: uptime) }
        var seen = self
        (seen.time, seen.uptime) = (time, uptime)
        return seen
    }
}

extension SeenRepository.OfJob {
    /// Takes in one backup; they come newest first.
    fileprivate mutating func take(_ backup: Backup) {
        newest = newest ?? backup
        if let start = backup.startTime { lastStart = max(lastStart ?? start, start) }
        guard backup.state == .completed else { return }
        newestGood = newestGood ?? backup
        guard let time = backup.time else { return }
        oldestGood = time
        successes.append(time)
    }
}

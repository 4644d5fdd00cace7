internal import ElasticsearchClient
package import Time

/// The markers of one Optimize as a look showed them, and what they come to together.
package struct Markers: Sendable, Equatable {
    /// All that have not expired.
    package let all: [Marker]
    /// Pauses that have: they tell since when backups of a job are owed again.
    private let pastPauses: [Marker]
    /// Of jobs that were renamed, today's names by the former.
    private let renamed: [String: String]

    package init(_ all: [Marker] = [], renamed: [String: String] = [:]) {
        self.init(standing: all, pastPauses: [], renamed: renamed)
    }

    /// Those of the given ones that count now; nothing expires while nobody knows what time it is.
    init(_ all: [Marker], at now: Instant?, renamed: [String: String] = [:]) {
        self.init(
            standing: all.filter { $0.counts(at: now) },
            pastPauses: all.filter { $0.kind == .pause && !$0.counts(at: now) }, renamed: renamed)
    }

    private init(standing: [Marker], pastPauses: [Marker], renamed: [String: String]) {
        all = standing
        self.pastPauses = pastPauses
        self.renamed = renamed
    }

    /// The hold of a backup that lasts longest, the newest of such, that no later release undoes; nil if nobody holds it.
    package func hold(of id: BackupID) -> Marker? {
        standing(all(.hold, id.description), undoneBy: newest(.release, id.description)).max { one, other in
            guard one.expiry != other.expiry else { return one.name.number < other.name.number }
            guard let (end, last) = one.expiry.flatMap({ end in other.expiry.map { (end, $0) } }) else {
                return other.expiry == nil
            }
            return end < last
        }
    }

    /// The newest pause of a job that no later resume undoes; nil if it is not paused.
    package func pause(of job: String) -> Marker? { standing(.pause, job, undoneBy: .resume) }

    /// Since when a job has been paused without a break, as far as markers tell; nil if it is not paused.
    package func pausedSince(_ job: String) -> Instant? {
        standing(all(.pause, job), undoneBy: newest(.resume, job)).map(\.date).min()
    }

    /// The pauses that stand, by job.
    package var pauses: [String: Marker] {
        let jobs = Set(all.filter { $0.kind == .pause }.map(subject))
        return Dictionary(uniqueKeysWithValues: jobs.compactMap { job in pause(of: job).map { (job, $0) } })
    }

    /// Who last let a job go; nil if nobody has, as far as markers tell.
    package func resume(of job: String) -> Marker? { all(.resume, job).max { $0.name.number < $1.name.number } }

    /// Whether a job is paused for as long as that, or longer.
    ///
    /// - Parameter end: nil for ever.
    func isPaused(_ job: String, until end: Instant?) -> Bool {
        standing(all(.pause, job), undoneBy: newest(.resume, job)).contains { pause in
            guard let expiry = pause.expiry else { return true }
            return end.map { $0 <= expiry } ?? false
        }
    }

    /// When a job was last let go that somebody had paused, or its pause was over; nil if nobody knows of such a pause.
    package func resumption(of job: String) -> Instant? {
        let number = newest(.resume, job)
        let past = pastPauses.filter { subject(of: $0) == job }
        let ends = standing(past, undoneBy: number).compactMap(\.expiry)
        return (ends + (number > 0 ? [Instant(secondsSinceEpoch: number)] : [])).max()
    }

    /// A restore that is under way: of several the one that came first, which alone goes on.
    package var restore: Marker? { restores.first }

    /// All that say that one is, those that came first before the others.
    ///
    /// One that has come to an end says so by its report, though what stopped backups could not be removed.
    package var restores: [Marker] {
        all.filter { $0.kind == .restore && !isOver($0) }
            .sorted { ($0.name.number, $0.uuid.description) < ($1.name.number, $1.uuid.description) }
    }

    /// Whether a report says that the restore has ended, or that its process has without having changed anything.
    private func isOver(_ restore: Marker) -> Bool {
        all.contains { report in
            guard report.kind == .restored, report.subject == restore.subject, let note = report.note,
                report.name.number > restore.name.number
            else { return false }
            return note.outcome == .success || note.phase == .preparing && note.process == restore.note?.process
        }
    }

    /// How the last restore ended that had changed anything, or succeeded.
    package var restoredSomething: Marker? {
        all.filter {
            $0.kind == .restored && !($0.note.map { $0.outcome != .success && $0.phase == .preparing } ?? false)
        }
        .max { $0.name.number < $1.name.number }
    }

    /// How the last restore ended.
    package var restored: Marker? {
        all.filter { $0.kind == .restored }.max { $0.name.number < $1.name.number }
    }

    /// Says that the backup of a fire time was cancelled.
    package func cancel(of time: Instant) -> Marker? { cancel(of: BackupID(fireTime: time)) }

    /// Says that an order was cancelled.
    package func cancel(of id: BackupID) -> Marker? {
        all.first { $0.kind == .cancel && $0.subject == id.description }
    }

    /// Says that a backup, or the fire time that it was taken for, was cancelled.
    func cancel(of backup: Backup) -> Marker? {
        cancel(of: backup.id) ?? backup.metadata?.due.flatMap { cancel(of: $0.time) }
    }

    /// Says that an attempt failed for good, a verdict on it first; one that is older than the attempt is about an earlier one of that id.
    func failed(_ backup: Backup) -> Marker? {
        // A marker's number is the engine's second, which may be told two seconds wrong.
        let start = (backup.startTime?.secondsSinceEpoch ?? 0) - 2
        let found = all.filter { marker in
            marker.kind == .failed && marker.subject == backup.id.description && marker.name.number >= start
        }
        return found.first { $0.failure?.isVerdict == true } ?? found.first
    }

    /// What has no effect any more: releases, and what they and resumes undo.
    ///
    /// The newest resume of a job tells since when backups of it are owed.
    package var spent: [Marker] {
        all.filter { marker in
            switch marker.kind {
            case .release: true
            case .resume: marker.name.number < newest(.resume, subject(of: marker))
            case .hold: marker.name.number < newest(.release, marker.subject)
            case .pause: marker.name.number < newest(.resume, subject(of: marker))
            // The newest report tells how the last restore ended.
            case .restored: marker.name.number < (restored?.name.number ?? 0)
            case .restore: isOver(marker)
            case .verify: isSpent(verification: marker)
            case .cancel, .failed: false
            }
        }
    }

    /// At equal numbers what protects counts.
    private func standing(_ kind: MarkerName.Kind, _ subject: String, undoneBy undoing: MarkerName.Kind) -> Marker? {
        standing(all(kind, subject), undoneBy: newest(undoing, subject))
            .max { ($0.name.number, $0.name.description) < ($1.name.number, $1.name.description) }
    }

    private func standing(_ markers: [Marker], undoneBy limit: Int64) -> [Marker] {
        markers.filter { $0.name.number >= limit }
    }

    private func newest(_ kind: MarkerName.Kind, _ subject: String) -> Int64 {
        all(kind, subject).map(\.name.number).max() ?? 0
    }

    private func all(_ kind: MarkerName.Kind, _ subject: String) -> [Marker] {
        all.filter { $0.kind == kind && self.subject(of: $0) == subject }
    }

    /// A backup's id, or a job's name of today.
    func subject(of marker: Marker) -> String {
        guard [.pause, .resume, .verify].contains(marker.kind) else { return marker.subject }
        return renamed[marker.subject] ?? marker.subject
    }
}

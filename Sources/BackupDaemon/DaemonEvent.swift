package import Backups
package import ElasticsearchClient
package import Retention
package import Text
package import Time
package import Verification

/// Something that happened: told in one place, for all that write it down, count it or show it.
package struct DaemonEvent: Sendable {
    package enum Kind: Sendable {
        // The daemon itself.
        case started(version: String, addresses: [String], jobs: Int)
        case stopping
        case reloaded(DaemonSettings)
        /// The old one stays in force; one that needs a restart is right, and the restart brings it into force.
        case reloadRefused(reason: String, needsRestart: Bool = false)
        /// A reload has read files again: the keys of those that have changed, and of those that only a restart brings anew.
        case filesReread(changed: [String], fixed: [String])
        /// Sockets that were handed over are served, and not that port of the configuration.
        case inheritedServed(addresses: [String], insteadOf: Int)
        /// An operation has given no sign of life for so long, so that the watchdog is left to restart the daemon.
        case hung(HungPart)
        /// The engine was asked something.
        case engine(EngineEvent)

        // Looks at the repository.
        /// A look has still to read so many snapshots.
        case reading(left: Int)
        case looked(SeenRepository)
        case lookFailed(BackupError)
        /// The first look failed: what is unfinished and what was missed can't be told before another succeeds.
        case firstLookFailed(BackupError)
        /// The clocks of engine and host disagree, or one can't be read; nil while all is well.
        case clocksCompared(problem: String?)
        /// The storage can't be written; nil while it can, as far as anybody knows.
        case storageVerified(problem: BackupError?)
        /// Which other clusters have backups of our prefix in the repository, and which of them write while ours does.
        case clustersSeen([OtherCluster], rivals: Set<String>)
        /// Indices that good backups hold and the newest lacks.
        case indicesCompared(lost: [Lost])
        /// How a job's newest backup stands when the daemon starts.
        case jobStands(String, newest: Backup?)
        /// What the metrics tell of a job's newest good backup was read back.
        case sizeRead(job: String, Backup.Size)
        case coverageRead(uncovered: Int)
        /// Of which version Optimize is now; nil where nothing tells.
        case versionTold(String?)

        // Fire times.
        case missed(job: String, FireTimes)
        /// Those come a second time, since the clock was set back; what was begun for them is not begun again.
        case shownAgain(job: String, FireTimes)
        /// A change of the clock moved a fire time, left one out, or doubled one.
        case clockChanged(job: String, note: String)
        /// It counts for the jobs for which it is the fire time's first outcome, as do success and failure.
        case skipped(jobs: [String], due: Instant, reason: String, counting: [String])
        /// Skipped, since the job is paused; the first of a pause is told, the others with its end.
        case passed(job: String, FireTimes, reason: String, isFirst: Bool)
        /// A pause is over, in which those were skipped.
        case unpaused(job: String, FireTimes)

        // Backups.
        /// A step of a backup for those jobs; for none if somebody ordered it.
        case step(BackupEvent, jobs: [String])
        /// An attempt came to nothing, of so many; another follows after the delay.
        case retrying(BackupError, jobs: [String], due: Instant, attempt: Int, of: Int = 1, delay: Duration)
        /// Other work is in the way; the same attempt is made again after the delay.
        case waiting(BackupError, jobs: [String], due: Instant, delay: Duration)
        /// Nothing is done for a backup any more, though nobody can say yet how it ends.
        case attemptEnded(BackupID)
        /// There is a good backup for those jobs, whoever completed it.
        ///
        /// One that nobody's schedule asked for has no due time; without a job it counts for the one without a name.
        case succeeded(Backup, jobs: [String], due: Instant?, counting: [String])
        /// Without an id it failed before it had one.
        case failed(
            BackupError, BackupID?, jobs: [String], due: Instant?, counting: [String], outlook: Outlook? = nil)

        // What somebody asked for, and what nobody did.
        case deleteFailed(BackupID, BackupError)
        /// A marker that was pending stands.
        case markerStands(MarkerName, words: String)
        case markerLost(MarkerName, words: String)
        /// What still ran of a backup was deleted, since it was cancelled.
        case removedCancelled(BackupID)
        /// A snapshot ran for longer than `backup.timeout`, and was deleted.
        case removedOverdue(snapshot: String)
        case pruned(Pruning.Report, jobs: [String])

        // Verifications.
        /// It has its turn; nil once that is over.
        case verifying(VerificationRequest?)
        case verified(VerificationReport)
        /// None was done for that time of a job's schedule, or for somebody who had asked for one.
        case verificationSkipped(job: String?, VerificationNote.Kind, due: Instant?, BackupError)
        /// Indices were removed that a drill had left of which nobody was left.
        case drillsSwept([String])
        /// Indices of drills can't be removed; it is tried again.
        case drillsLeft([String])
        /// Whether a drill has left something can't be told.
        case sweepFailed(BackupError)
    }

    /// What gives no sign of life.
    package enum HungPart: Sendable {
        /// An operation on the repository, in words, and for how long the engine was neither asked nor heard of for it.
        case operation(String, silence: Duration)
        /// The scheduler, and what it has left lying.
        case scheduler(fireTime: Instant)
    }

    /// What a person wants to know of a fire time that has failed.
    package struct Outlook: Sendable {
        /// The last one that was made, 1 for the first, and how many there could have been.
        package let attempt, attempts: Int
        /// When the next backup of one of its jobs is due, in RFC 3339 with the job's offset; nil if none ever is.
        package let next: String?

        package init(attempt: Int, of attempts: Int, next: String?) {
            (self.attempt, self.attempts, self.next) = (attempt, attempts, next)
        }
    }

    package let kind: Kind
    /// On whose behalf.
    package let requester: Requester
    package let time: Instant
    /// Where it was noticed.
    package let place: CodePlace

    package init(
        _ kind: Kind, by requester: Requester = .daemon, at time: Instant, file: String = #fileID, line: Int = #line,
        function: String = #function
    ) {
        self.kind = kind
        self.requester = requester
        self.time = time
        place = if case .step(let step, _) = kind { step.place } else { CodePlace(file, line, function) }
    }
}

/// On whose behalf something happens.
package enum Requester: Sendable, Hashable, CustomStringConvertible {
    /// The daemon's own: looks, retention, what it sees to by itself.
    case daemon
    case schedule
    /// Somebody who asked over the API.
    case api
    /// A command, or a daemon's earlier run, on this host.
    case earlierRun
    /// A program on another host.
    case host(String)

    /// As the journal's field `REQUESTED_BY` has it.
    package var description: String {
        switch self {
        case .daemon: "daemon"
        case .schedule: "schedule"
        case .api: "api"
        case .earlierRun: "earlier run"
        case .host(let name): name
        }
    }
}

package typealias DaemonObserver = @Sendable (DaemonEvent) -> Void

package import Backups
internal import Configuration
internal import Scheduling
internal import Text
package import Time

/// How one job stands, for a person.
package struct JobOverview: Sendable {
    package enum State: Sendable {
        case good, running, waiting, paused, failed, overdue, damaged
        /// It has no backup.
        case empty
        /// The repository has not been seen.
        case unknown

        /// In a word or two.
        package var words: String {
            switch self {
            case .good: "good"
            case .running: "running"
            case .waiting: "waiting"
            case .paused: "paused"
            case .failed: "failed"
            case .overdue: "overdue"
            case .damaged: "damaged"
            case .empty: "no backup yet"
            case .unknown: "not seen yet"
            }
        }
    }

    package let name: String
    package let zone: Zone
    /// As it is configured.
    package let schedule: String
    package let state: State
    /// What else there is to say of the state; each a sentence.
    package let remarks: [Phrase]
    /// When the newest good backup was due or began, and its id.
    package let lastGood: (time: Instant, id: BackupID)?
    package let lastDuration: Duration?
    package let size: Backup.Size?
    /// When a restore drill of one of its backups last succeeded.
    package let proven: Instant?
    /// Nil while it is paused.
    package let next: Instant?

    init(_ job: Standing.Job, _ standing: Standing) {
        let settings = job.settings
        (name, zone, schedule) = (settings.name, settings.zone, settings.schedule.description)
        let newest = job.held.newestGood
        lastGood = newest.flatMap { backup in backup.time.map { ($0, backup.id) } }
        lastDuration = newest?.duration
        size = newest?.size ?? job.size
        proven = standing.proven(settings.name)
        next = job.next?.time
        state = State(job, standing)
        remarks = Self.remarks(job, standing)
    }

    private static func remarks(_ job: Standing.Job, _ standing: Standing) -> [Phrase] {
        let (name, zone) = (job.settings.name, job.settings.zone)
        var remarks: [Phrase] = []
        for (id, running) in standing.running.sorted(by: { $0.key.description < $1.key.description })
        where running.jobs.contains(name) {
            remarks.append(
                "Backup \(id.description) runs since \(standing.start(of: id, running), in: zone): part \(running.part) of 2, \(Int(running.progress * 100)) %."
            )
        }
        switch job.pursuing {
        case .again(let attempt, let attempts, let time, let reason):
            remarks.append(
                "Attempt \(attempt) of \(attempts) comes \(time, in: zone), after: \(reason.cut(toBytes: 400))")
        case .waiting(let reason): remarks.append("It waits: \(reason.cut(toBytes: 400))")
        case nil: break
        }
        if let marker = standing.damage(of: name) {
            remarks.append(standing.words(onDamage: marker))
        }
        if job.isOverdue, let owed = job.owed {
            remarks.append("A success was owed by \(owed, in: zone).")
        }
        if let failure = job.lastFailure {
            let times =
                job.consecutiveFailures > 1 ? " (\(job.consecutiveFailures) failures since the last success)" : ""
            remarks.append(
                "The last backup failed \(failure.time, in: zone)\(times): \(failure.message.cut(toBytes: 400))")
        } else if job.isNewestUseless, let newest = job.held.newest, job.pursuing == nil {
            let reason = newest.failureReason ?? newest.state.rawValue
            remarks.append("The newest backup, \(newest.id.description), is no good: \(reason.cut(toBytes: 400))")
        }
        if let pause = standing.seen?.markers.pause(of: name) {
            let until: Phrase = pause.expiry.map { ", until \($0, in: zone)" } ?? ""
            remarks.append(
                "Paused\(pause.byAndReason)\(until): \(command: "optimize-backup resume \(name)") ends that.")
        }
        if job.settings.isPaused { remarks.append("Paused by the configuration of this host.") }
        return remarks
    }
}

extension JobOverview.State {
    fileprivate init(_ job: Standing.Job, _ standing: Standing) {
        let name = job.settings.name
        if standing.running.values.contains(where: { $0.jobs.contains(name) }) {
            self = .running
        } else if standing.damage(of: name) != nil {
            self = .damaged
        } else if job.isOverdue {
            self = .overdue
        } else if case .waiting = job.pursuing {
            self = .waiting
        } else if job.lastFailure != nil || job.pursuing != nil || job.isNewestUseless {
            self = .failed
        } else if job.isPaused {
            self = .paused
        } else if standing.seen == nil {
            self = .unknown
        } else if job.held.newest?.state == .inProgress {
            self = .running
        } else if job.held.newestGood == nil {
            self = .empty
        } else {
            self = .good
        }
    }
}

extension Standing.Job {
    /// Whether the newest backup of it has come to nothing, whoever took it.
    var isNewestUseless: Bool { held.newest.map { ![.completed, .inProgress].contains($0.state) } ?? false }
}

extension Standing {
    /// That a backup can't be relied on, who found that, and when.
    func words(onDamage marker: Marker) -> Phrase {
        let id = marker.verification?.backup.description ?? ""
        let zone = zone(of: [marker.subject])
        return "The backup \(id) can't be relied on, as was found \(marker.date, in: zone)\(marker.byAndReason)."
    }
}

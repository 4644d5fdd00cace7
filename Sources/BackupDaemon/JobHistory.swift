package import Backups
package import Time

/// What the repository shows of one job's past: day by day, and of its newest good backups how long they took and how large they are.
package struct JobHistory: Sendable {
    /// What became of the backups of a day.
    package enum Verdict: String, Sendable, CaseIterable {
        /// Each that was due has a good one.
        case good
        /// One at least has a good one, and one none.
        case mixed
        case failed
        /// It can't be read, whatever it is.
        case unreadable
        case running
        /// There is none.
        case none
    }

    package struct Day: Sendable, Equatable {
        package let date: CalendarDate
        package var verdict: Verdict
    }

    /// Of a good backup.
    package struct Figure<Value: Sendable>: Sendable {
        package let time: Instant
        package let value: Value
    }

    /// By the calendar of the job's zone, the oldest first; the last is today.
    package let days: [Day]
    /// The oldest first.
    package let durations: [Figure<Duration>]
    /// Of those whose size is known; the oldest first.
    package internal(set) var sizes: [Figure<Backup.Size>]
}

extension JobHistory {
    /// - Parameters:
    ///   - zone: the job's.
    ///   - count: of how many days.
    ///   - figures: of how many good backups at most.
    init(of job: String, in seen: SeenRepository, zone: Zone, at now: Instant, days count: Int = 60, figures: Int = 60)
    {
        let today = zone.local(now).date.daysSinceEpoch
        let first = today - count + 1
        // Of each day, what became of each time that was due; of a later attempt that is good the earlier ones count no more.
        var fates: [[Instant: Verdict]] = Array(repeating: [:], count: count)
        var (durations, sizes) = ([Figure<Duration>](), [Figure<Backup.Size>]())
        let present = now + seen.engineLead
        for place in seen.jobs[job]?.places ?? [] {
            let backup = seen.backups[Int(place)]
            guard let time = backup.time, !backup.isAhead(of: present) else { continue }
            let day = zone.local(time).date.daysSinceEpoch - first
            guard day >= 0 || durations.count < figures else { break }
            if backup.state == .completed, durations.count < figures {
                if let duration = backup.duration { durations.append(.init(time: time, value: duration)) }
                if let size = backup.size { sizes.append(.init(time: time, value: size)) }
            }
            guard (0..<count).contains(day) else { continue }
            let verdict = Verdict(backup)
            fates[day][time] = fates[day][time].map { $0.merged(with: verdict) } ?? verdict
        }
        days = fates.enumerated().map { index, fates in
            Day(date: CalendarDate(daysSinceEpoch: first + index), verdict: Verdict(ofAll: fates.values))
        }
        (self.durations, self.sizes) = (durations.reversed(), sizes.reversed())
    }
}

extension JobHistory.Verdict {
    fileprivate init(_ backup: Backup) {
        self =
            switch backup.state {
            case .completed: .good
            case .inProgress: .running
            case .failed where backup.isUnreadable: .unreadable
            case .failed, .incompatible, .incomplete: .failed
            }
    }

    /// Of two backups for one time: what is good is enough, and what runs may become so.
    fileprivate func merged(with other: Self) -> Self {
        [.good, .running, .unreadable].first { $0 == self || $0 == other } ?? .failed
    }

    /// Of all times of a day.
    fileprivate init(ofAll verdicts: some Sequence<Self>) {
        let all = Set(verdicts)
        self =
            switch all {
            case []: .none
            case _ where all.contains(.running): .running
            case [.good]: .good
            case _ where all.contains(.good): .mixed
            case _ where all.contains(.failed): .failed
            default: .unreadable
            }
    }
}

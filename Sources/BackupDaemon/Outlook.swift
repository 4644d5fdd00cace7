internal import Backups
internal import Configuration
package import Time

/// What takes longer to work out than the rest, and changes with looks and days only: the past of each job, and what retention does next.
package struct Outlook: Sendable {
    package let histories: [(job: String, zone: Zone, history: JobHistory)]
    package let retention: RetentionPreview

    package init(_ standing: Standing, at now: Instant) {
        histories = standing.jobs.map { job in
            let (name, zone) = (job.settings.name, job.settings.zone)
            var history =
                standing.seen.map { JobHistory(of: name, in: $0, zone: zone, at: now) }
                ?? JobHistory(days: [], durations: [], sizes: [])
            // Read back at the start, of the newest alone.
            if history.sizes.isEmpty, let size = job.size, let time = job.held.newestGood?.time {
                history.sizes = [.init(time: time, value: size)]
            }
            return (name, zone, history)
        }
        retention = RetentionPreview(standing, at: now)
    }

    /// All that it is made of: of an equal one it is the same.
    package struct Basis: Sendable, Equatable {
        private let revision: Int?
        private let configuration: Int
        private let occasion: RetentionPreview.Occasion
        private let obstacle: String?
        private let clocks: Clocks
        private let sizes: [Backup.Size?]
        private let clusters: [String: Int]
        /// Time alone changes which day it is, what is too old, and what is dated in the future no more.
        private let quarter: Int64

        private struct Clocks: Sendable, Equatable {
            let problem: String?
            let engineLead: Duration?
        }

        package init(_ standing: Standing, at now: Instant) {
            revision = standing.seen?.revision
            configuration = standing.configurationVersion
            occasion = RetentionPreview.Occasion(standing, at: now)
            obstacle = RetentionPreview.obstacle(standing)
            clocks = Clocks(problem: standing.clockProblem, engineLead: standing.seen?.engineLead)
            sizes = standing.jobs.map(\.size)
            clusters = Dictionary(standing.clusters.map { ($0.uuid, $0.backups.count) }) { $1 }
            quarter = floorDivision(now.secondsSinceEpoch, 900)
        }
    }
}

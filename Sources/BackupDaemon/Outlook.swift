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
}

package import Backups
internal import Configuration
internal import Scheduling
package import Time

/// A job with the last and the next of its backups.
package struct ScheduledJob: Sendable {
    package let name: String
    /// As it is configured.
    package let expression: String
    /// Of a job that comes by an interval instead of a calendar.
    package let interval: Duration?
    /// Nil while the job is paused.
    package let next: Instant?
    /// The newest one that the repository has and that is not dated in the future; nil before the first look at it, and if there is none.
    package let last: Backup?
    /// Why the last attempt failed, if no success has followed it.
    package let failure: Standing.Failure?
}

extension [ScheduledJob] {
    package init(_ standing: Standing) {
        self = standing.jobs.map { job in
            ScheduledJob(
                name: job.settings.name, expression: job.settings.schedule.description,
                interval: job.settings.schedule.interval, next: job.next?.time,
                last: job.held.newest, failure: job.lastFailure)
        }
    }
}

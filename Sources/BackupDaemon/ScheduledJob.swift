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
    /// The newest one that the repository has; nil before the first look at it, and if there is none.
    package let last: Backup?
    /// Why the last attempt failed, if no success has followed it.
    package let failure: Observations.Failure?
}

extension Daemon {
    package func scheduledJobs() -> [ScheduledJob] {
        let (state, now) = (observed, clock.now())
        return settings.jobs.map { job in
            ScheduledJob(
                name: job.name, expression: job.schedule.description, interval: job.schedule.interval,
                next: isPaused(job, state) ? nil : job.nextFireTime(after: now)?.time,
                last: state.look?.backups.first { $0.isFor(job.name) }, failure: state.lastFailure[job.name])
        }
    }
}

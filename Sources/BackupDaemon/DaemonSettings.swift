package import Configuration
package import Restores
package import Retention
internal import Time

/// What the daemon does, as configured; replaced as a whole by a reload.
package struct DaemonSettings: Sendable, Equatable {
    /// Sorted by name.
    package var jobs: [JobSettings]
    package var retention: RetentionPolicy
    package var defaults: RetentionDefaults
    package var drillLimits = DrillLimits()

    package init(jobs: [JobSettings], retention: RetentionPolicy = .init(), defaults: RetentionDefaults = .init()) {
        self.jobs = jobs
        self.retention = retention
        self.defaults = defaults
    }

    package init(_ settings: Settings) {
        self.init(jobs: settings.jobs, retention: settings.retention, defaults: settings.retentionDefaults)
        drillLimits = DrillLimits(maximumSize: settings.verify.maximumSize, timeout: settings.verify.timeout)
    }

    var rules: RetentionRules {
        let jobs = jobs.map { ($0.name, RetentionRules.Job(policy: $0.retention, zone: $0.zone)) }
        return RetentionRules(
            jobs: Dictionary(jobs) { $1 }, byHand: retention,
            removeFailedAfter: defaults.removeFailedAfter, keepVanishedFor: defaults.keepVanishedFor,
            keepVersionsFor: defaults.keepVersionsFor)
    }
}

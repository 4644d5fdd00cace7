package import Backups
internal import ElasticsearchClient
internal import Time

/// A restore: looks at all that it depends on, then brings back part 1, and once that is there part 2.
///
/// What it deletes stands in the plan, name by name, and is looked at again right before. Interrupted by whatever, another run of the
/// same request goes on: the marker tells how far it had come.
package struct RestoreRun: Sendable {
    package struct Settings: Sendable {
        /// Who does it, such as `root@host`.
        package var by: String
        /// Which process does it.
        package var process: String
        /// Whether a process that an earlier run has named so is known to be gone.
        package var isGone: @Sendable (_ process: String) -> Bool
        /// How long it is watched whether something writes to the indices.
        package var watchTime: Duration
        /// How long a marker stands that nobody renews, while nothing was deleted or brought back.
        package var markerLife: Duration
        /// How long nothing may move before the restore has failed.
        package var stallLimit: Duration

        package init(
            by: String, process: String, isGone: @escaping @Sendable (_ process: String) -> Bool,
            watchTime: Duration = .seconds(5), markerLife: Duration = .seconds(3_600),
            stallLimit: Duration = .seconds(900)
        ) {
            self.by = by
            self.process = process
            self.isGone = isGone
            self.watchTime = watchTime
            self.markerLife = markerLife
            self.stallLimit = stallLimit
        }
    }

    package let request: RestoreRequest
    /// Where this Optimize's markers and backups stand.
    let home: BackupRepository
    /// Where the backup stands.
    let source: BackupRepository
    let settings: Settings
    let observe: RestoreObserver

    /// - Parameter source: another repository of the same engine that has the backup; nil for `home`.
    package init(
        _ request: RestoreRequest, in home: BackupRepository, from source: BackupRepository? = nil, settings: Settings,
        observe: @escaping RestoreObserver = { _ in }
    ) {
        self.request = request
        self.home = home
        self.source = source ?? home
        self.settings = settings
        self.observe = observe
    }

    /// What it would do, and all that is in its way.
    ///
    /// - Throws: `.notFound`, and whatever keeps it from being told.
    package func plan() async throws(BackupError) -> RestorePlan {
        RestorePlan(request, try await RestoreSurvey(run: self).findings())
    }

    /// Does what a plan says.
    ///
    /// - Parameter plan: without obstacles; right before anything is deleted or brought back it is made again, and may then ask for no more.
    /// - Throws: `.restoreRefused` when something has come in the way since; `.restoring` when another restore was first;
    ///   `.restoreFailed`.
    package func run(_ plan: RestorePlan) async throws(BackupError) -> RestoreReport {
        if let obstacle = plan.obstacles.first {
            throw BackupError(.restoreRefused, "the restore of \(plan.id) is refused: \(obstacle)")
        }
        let start = home.clock.uptime()
        guard plan.writesMarker else {
            return try await RestoreSteps(run: self, plan: plan, claim: nil).report(since: start)
        }
        let claim = RestoreClaim(run: self, plan: plan)
        do throws(BackupError) {
            let report = try await claim.whileItStands { () async throws(BackupError) in
                try await RestoreSteps(run: self, plan: plan, claim: claim).report(since: start)
            }
            await claim.end(.success, after: report.duration)
            return report
        } catch {
            switch error.code {
            // What another was first with is not ours to end.
            case .restoring: break
            case .cancelled, .engineUnreachable: await claim.tellWhatStands()
            default: await claim.end(.failed, after: home.clock.uptime() - start, error)
            }
            throw error
        }
    }
}

package import Backups
internal import Configuration
internal import ElasticsearchClient
package import Retention
internal import Time

/// Applies retention to a repository; what `prune --dry-run` shows is made by the same functions.
package struct Pruning: Sendable {
    let repository: BackupRepository
    let rules: RetentionRules

    package init(repository: BackupRepository, settings: DaemonSettings) {
        self.repository = repository
        rules = settings.rules
    }

    /// What would stay and what would go, newest first.
    package func plan() async throws(BackupError) -> [RetentionDecision] {
        rules.plan(try await repository.list().compactMap(Candidate.init), now: repository.client.clock.now())
    }

    /// Deletes what the plan removes, oldest first; one failure doesn't keep the rest.
    ///
    /// A plan is made afresh before each delete, so that nothing that has changed meanwhile is overlooked.
    ///
    /// - Returns: the ids that were deleted, and what failed.
    package func run(observe: BackupObserver) async -> (removed: [RetentionDecision], failures: [BackupError]) {
        var removed: [RetentionDecision] = []
        var failures: [BackupError] = []
        var failed: Set<String> = []
        while !Task.isCancelled {
            do throws(BackupError) {
                guard let next = try await plan().last(where: { !$0.keeps && !failed.contains($0.candidate.id) }) else {
                    break
                }
                failed.insert(next.candidate.id)
                try await repository.delete(try BackupID(next.candidate.id), observe: observe)
                removed.append(next)
            } catch {
                failures.append(error)
                // Without an answer, or while something runs, the rest would fare no better.
                if [.engineUnreachable, .engineDenied, .repositoryBusy, .configuration, .cancelled].contains(error.code)
                {
                    break
                }
            }
        }
        return (removed, failures)
    }
}

extension Candidate {
    /// Nil for a backup that has no time at all, which no rule can judge.
    init?(_ backup: Backup) {
        guard let time = backup.time else { return nil }
        let state: State =
            switch backup.state {
            case .completed: .completed
            case .inProgress: .inProgress
            case .failed, .incomplete, .incompatible: .useless
            }
        self.init(
            id: backup.id.description, time: time, state: state, jobs: backup.metadata?.due?.jobs ?? [],
            isOurs: backup.metadata?.isUnderstood ?? false)
    }
}

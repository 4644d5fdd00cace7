internal import BackupDaemon
internal import Configuration
internal import Scheduling
internal import Time

extension DaemonEvent {
    /// How fire times ended with this event, each of those that were missed by itself.
    func outcomes(_ jobs: [JobSettings]) -> [(outcome: Outcome, job: String, time: Instant)] {
        switch kind {
        case .succeeded(_, _, let due?, let counting): return counting.map { (.success, $0, due) }
        case .failed(_, _, _, let due?, let counting, _): return counting.map { (.failed, $0, due) }
        case .skipped(_, let due, _, let counting): return counting.map { (.skipped, $0, due) }
        case .missed(let name, let times): return each(of: times, name, jobs).map { (.missed, name, $0) }
        case .passed(let name, let times, _, _): return each(of: times, name, jobs).map { (.skipped, name, $0) }
        default: return []
        }
    }

    private func each(of times: FireTimes, _ name: String, _ jobs: [JobSettings]) -> [Instant] {
        guard let job = jobs.first(where: { $0.name == name }) else { return [] }
        var each = [times.first]
        while let last = each.last, last < times.last, let fire = job.nextFireTime(after: last) {
            each.append(fire.time)
        }
        return each
    }
}

/// Hands on what a daemon tells while its host lives: the entries of its log, and its events.
func observer(
    _ world: World, _ instance: Instance, entry: @escaping (LogEntry) -> Void = { _ in },
    event: @escaping (DaemonEvent) -> Void = { _ in }
) -> DaemonObserver {
    let watcher = Watcher(entry: entry, event: event)
    let journal = SharedJournal(repository: "backups") { said in
        world.log("\(instance.name) says \(said.message)")
        watcher.entry(said)
    }
    return { told in
        guard !instance.isCut else { return }
        journal.take(told)
        watcher.event(told)
    }
}

private struct Watcher: @unchecked Sendable {
    // Unchecked: used by the simulation's one thread.
    let entry: (LogEntry) -> Void
    let event: (DaemonEvent) -> Void
}

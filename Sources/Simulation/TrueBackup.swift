internal import Backups
internal import JSON
internal import SimulatedEngine
internal import Time

/// A whole good backup, as the engine truly has it.
struct TrueBackup {
    let id: BackupID
    let jobs: [String]
    let due: Instant?
    let parts: [EngineState.Snapshot]

    var end: Instant { parts[1].end }
    /// What it is ordered by among the others.
    var time: Instant { due ?? parts[0].start }
}

extension World {
    /// All whole good backups of this Optimize, by the names of their part 1.
    ///
    /// - Parameter cluster: that took them; the one that there is if nil.
    func trueBackups(of cluster: String? = nil) -> [TrueBackup] {
        let cluster = cluster ?? self.cluster
        let now = trueTime
        let snapshots = engine.withState { state in
            state.advance(to: now)
            return state.repositories["backups"]?.snapshots ?? []
        }
        let good = snapshots.filter { $0.state == "SUCCESS" && $0.metadata?["cluster"]?.string == cluster }
        let byName = Dictionary(good.map { ($0.name, $0) }) { $1 }
        return good.compactMap { first in
            guard let name = SnapshotName(first.name), name.part == 1, let second = byName[name.next.description] else {
                return nil
            }
            let due = first.metadata?["dueTime"]?.string.flatMap { try? Instant(rfc3339: $0) }
            return TrueBackup(
                id: name.id, jobs: first.metadata?["jobs"]?.strings ?? [], due: due, parts: [first, second])
        }
    }

    /// What is wrong with a backup that is called good; empty if nothing is.
    ///
    /// - Parameter takeUpWithin: how long after part 1 a part 2 may follow.
    func flaws(of backup: TrueBackup, takeUpWithin: Duration) -> [String] {
        var flaws: [String] = []
        for (number, part) in zip(1..., backup.parts) {
            func belongs(_ name: String) -> Bool { name.contains("-import-index_") == (number == 1) }
            let foreign = part.indices.filter { !$0.hasPrefix("optimize-") || !belongs($0) }
            if !foreign.isEmpty { flaws.append("part \(number) holds \(foreign.sorted())") }
            let owed = indicesThroughout(part.start - .seconds(60)...max(part.end, part.start)).filter(belongs)
            let missing = owed.subtracting(part.indices)
            if !missing.isEmpty { flaws.append("part \(number) lacks \(missing.sorted())") }
        }
        let pause = backup.parts[1].start - backup.parts[0].end
        if pause < .zero { flaws.append("part 2 began before part 1 had ended") }
        let patience = takeUpWithin + .seconds(90) + (suspendedBefore[backup.parts[1].name] ?? .zero)
        if pause > patience { flaws.append("part 2 began \(Int(pause.seconds)) s after part 1 had ended") }
        return flaws
    }

    /// Whether a part 1 for that fire time of a job runs, or has ended well.
    func isBegun(_ time: Instant, for job: String) -> Bool {
        let (now, cluster) = (trueTime, cluster)
        return engine.withState { state in
            state.advance(to: now)
            return (state.repositories["backups"]?.snapshots ?? []).contains { snapshot in
                guard let metadata = snapshot.metadata, metadata["cluster"]?.string == cluster else { return false }
                return metadata["dueTime"]?.string == time.rfc3339 && metadata["jobs"]?.strings.contains(job) ?? false
                    && ["SUCCESS", "IN_PROGRESS"].contains(snapshot.state)
            }
        }
    }

    /// Whether a cancel of that fire time stands.
    func isCancelled(_ time: Instant) -> Bool { hasMarker(.cancel, BackupID(fireTime: time).description) }

    /// Whether a marker of that kind is listed, whatever undoes it.
    func hasMarker(_ kind: MarkerName.Kind, _ subject: String) -> Bool {
        engine.withState { state in
            (state.repositories["backups"]?.snapshots ?? []).contains { snapshot in
                guard snapshot.name.hasPrefix(MarkerName.prefix) else { return false }
                return MarkerName(snapshot.name).map { $0.kind == kind && $0.subject == subject } ?? false
            }
        }
    }

    /// Whether what stands under the ids of a fire time can't be read.
    func isUnreadable(_ time: Instant) -> Bool {
        engine.withState { state in
            let damaged = state.repositories["backups"]?.unreadable ?? [:]
            guard !damaged.isEmpty else { return false }
            return (state.repositories["backups"]?.snapshots ?? []).contains { snapshot in
                guard damaged[snapshot.uuid] != nil, let second = SnapshotName(snapshot.name)?.id.fireTime else {
                    return false
                }
                return second >= time && second - time < .seconds(3_600)
            }
        }
    }
}

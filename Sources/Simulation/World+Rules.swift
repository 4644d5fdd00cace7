internal import Backups
internal import HTTP
internal import JSON
internal import SimulatedEngine
internal import Time

extension World {
    /// The rules of the design that a single request can break.
    func checkRequest(_ request: HTTPRequest, from instance: Instance, _ seen: [String: String]) {
        guard [.put, .delete].contains(request.method) else { return }
        let path = request.target.split(separator: "?")[0].split(separator: "/").map(String.init)
        guard path.count == 3, path[0] == "_snapshot" else { return }
        switch request.method {
        case .put: checkOrder(of: path[2], JSONValue(request.body) ?? .null, instance)
        case .delete: checkDelete(of: path[2].split(separator: ",").map(String.init), instance, seen)
        case .get, .head, .post, .patch, .options: break
        }
    }

    private func checkOrder(of name: String, _ body: JSONValue, _ instance: Instance) {
        orderedAt[name] = orderedAt[name] ?? trueTime
        let indices = body["indices"]?.strings ?? []
        if indices.isEmpty { fail("\(instance.name) orders \(name) with an empty list of indices") }
        if let id = SnapshotName(name)?.id.description {
            checkNotCancelled(
                id, body["metadata"]?["dueTime"]?.string, "\(instance.name) orders \(name)", by: instance)
        }
        let isMarker = name.hasPrefix("optimize-backup_")
        if !isMarker { checkNoRestore("\(instance.name) orders \(name)", by: instance, grace: .seconds(25)) }
        if isMarker, indices != ["-*"] { fail("\(instance.name) orders the marker \(name) of \(indices)") }
        if !isMarker, indices.contains(where: { $0.contains("*") }) {
            fail("\(instance.name) orders \(name) with a wildcard")
        }
        if name.hasSuffix("_part_2_of_2") {
            let first = name.dropLast("_part_2_of_2".count) + "_part_1_of_2"
            if instance.lastSeen[String(first)] != "SUCCESS" {
                fail(
                    "\(instance.name) orders \(name), but last saw part 1 as \(instance.lastSeen[String(first)] ?? "missing")"
                )
            }
        }
    }

    /// Nothing is done for a backup whose cancel has stood for longer than a request is on its way after the question; a machine
    /// that was suspended between the two knows nothing of what came meanwhile.
    func checkNotCancelled(_ id: String, _ due: String?, _ act: String, by instance: Instance) {
        let grace = Duration.seconds(25) + instance.suspension(within: .seconds(25))
        let time = due.flatMap { try? Instant(rfc3339: $0) }.map { BackupID(fireTime: $0).description }
        let cancels = snapshots { $0.start < self.trueTime - grace }.compactMap { MarkerName($0.name) }.filter {
            $0.kind == .cancel && ($0.subject == id || $0.subject == time)
        }
        if let cancel = cancels.first { fail("\(act), though \(cancel) stands") }
    }

    /// Nothing is backed up, and nothing pruned, while a restore's marker has stood for longer than a request is on its way after the
    /// question; only that restore's own backup of what stands is taken.
    private func checkNoRestore(_ act: String, by instance: Instance, grace: Duration) {
        guard instance.operation != "restore" else { return }
        let grace = grace + instance.suspension(within: grace)
        let restores = standingRestores.filter { $0.time < self.trueTime - grace }.map(\.name)
        if let restore = restores.first { fail("\(act), though \(restore) stands") }
    }

    /// What runs is deleted once its time is over by the engine's clock, or by a person's wish.
    private func checkRunning(_ names: [String], _ instance: Instance) {
        guard let timeout else { return }
        let cancelled = Set(
            snapshots { _ in true }.compactMap { MarkerName($0.name) }.filter { $0.kind == .cancel }.map(\.subject))
        for snapshot in snapshots({ $0.isRunning && names.contains($0.name) }) {
            guard let id = SnapshotName(snapshot.name)?.id else { continue }
            let due = snapshot.metadata?["dueTime"]?.string.flatMap { try? Instant(rfc3339: $0) }
            let subjects = [id.description] + (due.map { [BackupID(fireTime: $0).description] } ?? [])
            let parts = snapshots { SnapshotName($0.name)?.id == id }
            let first = (parts.map(\.start) + parts.compactMap { orderedAt[$0.name] }).min() ?? snapshot.start
            let isOver = trueTime - first > timeout - .seconds(2)
            if !isOver, instance.chosen != id, cancelled.isDisjoint(with: subjects) {
                fail("\(instance.name) deletes \(snapshot.name), which has run for \((trueTime - first).seconds) s")
            }
        }
    }

    /// No hold is overlooked: neither one of an instance's last listing, nor one that has stood for minutes.
    private func checkHolds(_ ids: Set<String>, _ instance: Instance) {
        let grace = Duration.seconds(180) + instance.suspension(within: .seconds(180))
        let standing = snapshots { $0.state == "SUCCESS" && $0.start < self.trueTime - grace }.map(\.name)
        for id in ids.intersection(heldIDs(by: instance.lastListing)) {
            fail("\(instance.name) deletes \(id), though the last listing showed that it is held")
        }
        // What was let go meanwhile is free.
        let held = heldIDs(by: Set(standing)).intersection(heldIDs(by: Set(snapshots { _ in true }.map(\.name))))
        for id in ids.intersection(held) { fail("\(instance.name) deletes \(id), which is held") }
    }

    /// What retention, and the tidying after it, may never take.
    private func checkRetention(_ names: [String], _ instance: Instance) {
        if names.contains(where: { SnapshotName($0) != nil }) {
            checkNoRestore("\(instance.name) prunes \(names)", by: instance, grace: .seconds(180))
        }
        let chosen = instance.chosen?.description
        let names = names.filter { SnapshotName($0)?.id.description != chosen || chosen == nil }
        let newest = newestGood { _ in true }
        if names.contains(where: newest.contains) {
            fail("\(instance.name) prunes the newest good backup: \(names)")
        }
        checkMarkers(names, instance)
        guard blobsAreSteady else { return }
        let damaged = damagedUUIDs
        for snapshot in snapshots({ damaged.contains($0.uuid) && names.contains($0.name) })
        where snapshot.name.hasPrefix("camunda_optimize_") {
            fail("\(instance.name) prunes \(snapshot.name), which can't be read")
        }
        let readable = newestGood { !damaged.contains($0.uuid) }
        if names.contains(where: readable.contains) {
            fail("\(instance.name) prunes the newest good backup that can be read: \(names)")
        }
    }

    /// Markers go once they have expired, or somebody has undone them.
    private func checkMarkers(_ names: [String], _ instance: Instance) {
        let all = snapshots { _ in true }.compactMap { MarkerName($0.name) }
        for marker in all where names.contains(marker.description) && [.hold, .pause, .cancel].contains(marker.kind) {
            let isUndone = all.contains {
                [.release, .resume].contains($0.kind) && $0.subject == marker.subject && $0.number > marker.number
            }
            let isExpired = marker.expiry.map { $0 < trueTime } ?? false
            if !isUndone, !isExpired { fail("\(instance.name) removes \(marker), which stands") }
        }
    }

    private func snapshots(_ condition: (EngineState.Snapshot) -> Bool) -> [EngineState.Snapshot] {
        engine.withState { ($0.repositories["backups"]?.snapshots ?? []).filter(condition) }
    }

    /// The names of the newest good backup's snapshots.
    private func newestGood(_ condition: (EngineState.Snapshot) -> Bool) -> [String] {
        let cluster = cluster
        let parts = snapshots {
            $0.state == "SUCCESS" && $0.metadata?["prefix"] == "optimize"
                && $0.metadata?["cluster"]?.string == cluster && condition($0)
        }
        func first(_ name: String) -> String { name.replacing("_part_2_of_2", with: "_part_1_of_2") }
        let names = Set(parts.map(\.name))
        let ends = parts.filter { $0.name.hasSuffix("_part_2_of_2") && names.contains(first($0.name)) }
        guard let last = ends.max(by: { ($0.start, $0.name) < ($1.start, $1.name) }) else { return [] }
        return [last.name, first(last.name)]
    }

    private func checkDelete(of names: [String], _ instance: Instance, _ seen: [String: String]) {
        whenDeleting(names, instance)
        if names.isEmpty || names.contains(where: { $0.contains("*") || $0.hasPrefix("_") }) {
            fail("\(instance.name) deletes by a wildcard: \(names)")
        }
        for name in names {
            if seen[name] == nil { fail("\(instance.name) deletes \(name), which it never saw") }
            // A marker may be about a backup of another program.
            let isOurs =
                name.hasPrefix("optimize-backup_")
                || name.hasPrefix("camunda_optimize_") && !name.contains("_foreign_")
            if !isOurs {
                fail("\(instance.name) deletes \(name), which is none of ours")
            }
        }
        checkRunning(names, instance)
        checkHolds(Set(names.compactMap { SnapshotName($0)?.id.description }), instance)
        if ["daemon", "prune"].contains(instance.operation) {
            checkClusters(names, instance)
            checkRetention(names, instance)
        }
        if instance.operation == "create" {
            if names.contains(where: { seen[$0] != "IN_PROGRESS" }) {
                fail("\(instance.name) deletes \(names) while creating")
            }
        } else if names.contains(where: { seen[$0] != "IN_PROGRESS" }) {
            // What ran when it was seen, and has ended by now, is in nobody's way; nor is a marker.
            let running = instance.lastSeenRunning.filter { !names.contains($0) && MarkerName($0) == nil }
            if !running.isEmpty { fail("\(instance.name) deletes \(names), though it saw \(running) running") }
        }
    }
}

/// The ids that are held, by the names of the markers alone.
func heldIDs(by names: Set<String>) -> Set<String> {
    let markers = names.compactMap { MarkerName($0) }
    let released = markers.filter { $0.kind == .release }
    return Set(
        markers.filter { hold in
            hold.kind == .hold && !released.contains { $0.subject == hold.subject && $0.number > hold.number }
        }
        .map(\.subject))
}

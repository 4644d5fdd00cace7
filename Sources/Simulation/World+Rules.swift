internal import Backups
internal import HTTP
internal import JSON
internal import SimulatedEngine
internal import Time

extension World {
    /// The rules of the design that a single request can break.
    func checkRequest(_ request: HTTPRequest, from instance: Instance) {
        let path = request.target.split(separator: "?")[0].split(separator: "/").map(String.init)
        guard path.count == 3, path[0] == "_snapshot" else { return }
        switch request.method {
        case .put: checkOrder(of: path[2], JSONValue(request.body) ?? .null, instance)
        case .delete: checkDelete(of: path[2].split(separator: ",").map(String.init), instance)
        case .get, .head, .post, .patch, .options: break
        }
    }

    private func checkOrder(of name: String, _ body: JSONValue, _ instance: Instance) {
        let indices = body["indices"]?.strings ?? []
        if indices.isEmpty { fail("\(instance.name) orders \(name) with an empty list of indices") }
        let isMarker = name.hasPrefix("optimize-backup_")
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

    /// No marker that stood in an instance's last listing is overlooked.
    private func checkHolds(_ names: [String], _ instance: Instance) {
        let held = heldIDs(by: instance.lastListing)
        for id in names.compactMap({ SnapshotName($0)?.id.description }) where held.contains(id) {
            fail("\(instance.name) deletes \(id), though the last listing showed that it is held")
        }
    }

    /// Retention never takes the newest good backup.
    private func checkFloor(_ names: [String], _ instance: Instance) {
        let newest = engine.withState { state -> [String] in
            let parts = (state.repositories["backups"]?.snapshots ?? []).filter {
                $0.state == "SUCCESS" && $0.metadata?["prefix"] == "optimize"
            }
            func first(_ name: String) -> String { name.replacing("_part_2_of_2", with: "_part_1_of_2") }
            let names = Set(parts.map(\.name))
            let ends = parts.filter { $0.name.hasSuffix("_part_2_of_2") && names.contains(first($0.name)) }
            guard let last = ends.max(by: { ($0.start, $0.name) < ($1.start, $1.name) }) else { return [] }
            return [last.name, first(last.name)]
        }
        // Somebody may cancel what has come to its end since the look.
        if names.contains(where: { newest.contains($0) && instance.lastSeen[$0] != "IN_PROGRESS" }) {
            fail("\(instance.name) prunes the newest good backup: \(names)")
        }
    }

    private func checkDelete(of names: [String], _ instance: Instance) {
        whenDeleting(names, instance)
        if names.isEmpty || names.contains(where: { $0.contains("*") || $0.hasPrefix("_") }) {
            fail("\(instance.name) deletes by a wildcard: \(names)")
        }
        for name in names {
            if instance.lastSeen[name] == nil { fail("\(instance.name) deletes \(name), which it never saw") }
            let isOurs = name.hasPrefix("camunda_optimize_") || name.hasPrefix("optimize-backup_")
            if !isOurs || name.contains("_foreign_") {
                fail("\(instance.name) deletes \(name), which is none of ours")
            }
        }
        checkHolds(names, instance)
        if instance.operation == "daemon" { checkFloor(names, instance) }
        if instance.operation == "create" {
            if names.contains(where: { instance.lastSeen[$0] != "IN_PROGRESS" }) {
                fail("\(instance.name) deletes \(names) while creating")
            }
        } else if !instance.lastSeenRunning.isEmpty, names.contains(where: { instance.lastSeen[$0] != "IN_PROGRESS" }) {
            fail("\(instance.name) deletes \(names), though it saw \(instance.lastSeenRunning) running")
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

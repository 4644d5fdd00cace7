internal import JSON
internal import SimulatedEngine
internal import Time

/// An index that came, or went.
struct IndexChange: Sendable {
    let name: String
    let time: Instant
    let isThere: Bool
}

extension World {
    /// Optimize makes an index, or deletes it.
    func setIndex(_ name: String, isThere: Bool) {
        let now = trueTime
        let wasThere = engine.withState { state in
            state.advance(to: now)
            let wasThere = state.indices[name] != nil
            if isThere != wasThere { state.indices[name] = isThere ? EngineState.Index() : nil }
            return wasThere
        }
        guard isThere != wasThere else { return }
        log("the index \(name) \(isThere ? "comes" : "goes")")
        indexChanges.append(IndexChange(name: name, time: now, isThere: isThere))
    }

    /// Optimize is upgraded: from one moment to the next its metadata tells another version.
    func upgradeOptimize() {
        upgrades.append(trueTime)
        let version = "8.\(6 + upgrades.count).0"
        log("Optimize is upgraded to \(version)")
        engine.withState { $0.indices["optimize-metadata_v3"]?.documents["1"] = ["schemaVersion": .string(version)] }
    }

    /// The indices of Optimize that were there at every moment from one time to another.
    func indicesThroughout(_ span: ClosedRange<Instant>) -> Set<String> {
        let present = engine.withState { $0.indices.keys.filter { $0.hasPrefix("optimize-") } }
        var names = Set(present).union(indexChanges.map(\.name))
        for change in indexChanges where span.contains(change.time) { names.remove(change.name) }
        return names.filter { wasThere($0, at: span.lowerBound, isThere: present.contains($0)) }
    }

    private func wasThere(_ name: String, at time: Instant, isThere: Bool) -> Bool {
        let changes = indexChanges.filter { $0.name == name }
        if let last = changes.last(where: { $0.time <= time }) { return last.isThere }
        // What changed later was the other way before.
        return changes.first.map { !$0.isThere } ?? isThere
    }
}

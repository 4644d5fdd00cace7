package import Time

extension EngineState {
    /// Ends the snapshots whose time has come; of those that the storage refuses nothing is left.
    package mutating func advance(to now: Instant) {
        for name in repositories.keys {
            guard let snapshots = repositories[name]?.snapshots else { continue }
            var areSomeLost = false
            for (index, snapshot) in snapshots.enumerated() where snapshot.isRunning && snapshot.end <= now {
                repositories[name]?.snapshots[index].isRunning = false
                repositories[name]?.snapshots[index].endOffset = clockOffset
                areSomeLost = areSomeLost || snapshot.isLost
            }
            if areSomeLost { repositories[name]?.snapshots.removeAll { $0.isLost && !$0.isRunning } }
        }
        carryOutDeletions(now)
        for name in indices.keys where indices[name]?.created == nil { indices[name]?.created = now + clockOffset }
        for (name, index) in indices {
            guard let restoring = index.restoring, restoring.end <= now else { continue }
            indices[name]?.restoring = nil
            indices[name]?.isAssigned = true
        }
    }

    /// Carries out what was queued, whether or not its client still waits; what it was told is kept for a day.
    private mutating func carryOutDeletions(_ now: Instant) {
        for (index, deletion) in deletions.enumerated() where !deletion.isDone && deletion.due <= now {
            if repositories[deletion.repository]?.storage == .working {
                repositories[deletion.repository]?.snapshots.removeAll { deletion.uuids.contains($0.uuid) }
            }
            deletions[index].isDone = true
        }
        deletions.removeAll { $0.isDone && now - $0.due > .seconds(86_400) }
    }

    /// Markers that waited for an aborted snapshot wait no longer.
    mutating func endMarkers(in repository: String, _ now: Instant) {
        let snapshots = repositories[repository]?.snapshots ?? []
        let quiet = snapshots.filter { $0.isRunning && !$0.indices.isEmpty }.map(\.end).max() ?? now
        for (index, snapshot) in snapshots.enumerated() where snapshot.isRunning && snapshot.indices.isEmpty {
            repositories[repository]?.snapshots[index].end = min(snapshot.end, quiet)
        }
        advance(to: now)
    }

    /// The engine dies and comes back: running snapshots are gone, and their names are free; queued deletions are forgotten.
    ///
    /// What came out of a snapshot stays there without its shard.
    package mutating func restart() {
        deletions = []
        for name in repositories.keys { repositories[name]?.snapshots.removeAll(where: \.isRunning) }
        for name in indices.keys where indices[name]?.restoring != nil {
            indices[name]?.restoring = nil
            indices[name]?.restored = nil
            indices[name]?.whyUnassigned = .clusterRecovered
            indices[name]?.documents = [:]
            indices[name]?.writes = 0
        }
    }
}

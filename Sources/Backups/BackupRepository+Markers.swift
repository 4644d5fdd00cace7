internal import ElasticsearchClient
internal import JSON
package import Time

extension BackupRepository {
    /// This Optimize's markers, but for those that have expired.
    package func markers() async throws(BackupError) -> [Marker] {
        let owner = try await identify().owner
        return try await markers(of: owner).filter { $0.counts(at: clock.now()) }
    }

    func markers(of owner: BackupOwner) async throws(BackupError) -> [Marker] {
        try await snapshots(matching: "\(Marker.prefix)*").compactMap(Marker.init).filter { $0.owner == owner }
    }

    /// Writes a marker, which counts as soon as it is listed.
    ///
    /// - Parameters:
    ///   - subject: a backup's id, or a job's name.
    ///   - until: nil for ever.
    package func mark(
        _ kind: Marker.Kind, _ subject: String, reason: String = "", until: Instant? = nil, by: String
    ) async throws(BackupError) {
        let (engine, owner) = try await identify()
        try await requireWritableRepository()
        var members: [String: JSONValue] = [
            "format": .integer(Int64(BackupMetadata.currentFormat)), "cluster": .string(owner.cluster),
            "prefix": .string(owner.prefix), "instance": .string(settings.instance), "by": .string(by),
            "reason": .string(String(reason.prefix(200))),
        ]
        if let until { members["until"] = .string(until.rfc3339) }
        let pattern = "\(Marker.prefix)\(kind.rawValue)_\(subject)_*"
        var number = 1
        for _ in 0..<20 {
            let taken = Set(try await snapshots(matching: pattern).map(\.name))
            while taken.contains(Marker.name(kind, subject, number)) { number += 1 }
            let order = SnapshotOrder(
                name: Marker.name(kind, subject, number), indices: ["-*"], metadata: .object(members),
                distribution: engine.distribution)
            do {
                return try await client.createSnapshot(order, in: name)
            } catch {
                // Another may have taken the name; after a lost answer it may even be ours, and one more does no harm.
                guard error.code == .nameTaken || error.isTransient else {
                    throw BackupError("writing the marker \(order.name)", error)
                }
                if error.code != .nameTaken { try await pause(.milliseconds(500), while: "writing \(order.name)") }
            }
        }
        throw BackupError(.engineFailed, "the marker for \(subject) could not be written in twenty attempts")
    }

    /// Removes every marker of a kind for a subject; none is as good as removed.
    ///
    /// - Returns: how many there were.
    /// - Throws: `.repositoryBusy` while a snapshot of the repository runs, because the engine would hold the delete back.
    @discardableResult
    package func unmark(_ kind: Marker.Kind, _ subject: String) async throws(BackupError) -> Int {
        let owner = try await identify().owner
        let found = try await markers(of: owner).filter { $0.kind == kind && $0.subject == subject }
        try await remove(found)
        return found.count
    }

    func remove(_ markers: [Marker]) async throws(BackupError) {
        guard !markers.isEmpty else { return }
        let running = try await runningSnapshots()
        guard running.isEmpty || markers.allSatisfy({ $0.isPending }) else {
            throw BackupError(
                .repositoryBusy,
                "\(running.map(\.name).sorted().joined(separator: ", ")) is in progress in the repository \(name): "
                    + "try again once it has ended")
        }
        for marker in markers { try await remove([marker.name]) }
    }
}

extension BackupRepository {
    /// Keeps a backup from being pruned and deleted.
    ///
    /// - Throws: `.notFound`, also when it went while the marker was written.
    package func hold(_ id: BackupID, reason: String, until: Instant?, by: String) async throws(BackupError) {
        _ = try await find(id)
        try await mark(.hold, id.description, reason: reason, until: until, by: by)
        do throws(BackupError) {
            _ = try await find(id)
        } catch {
            if error.code == .notFound { _ = try? await unmark(.hold, id.description) }
            throw error
        }
    }

    /// Takes all holds of a backup back.
    ///
    /// - Throws: `.notFound` for a backup that nobody holds.
    package func release(_ id: BackupID) async throws(BackupError) {
        guard try await unmark(.hold, id.description) > 0 else {
            _ = try await find(id)
            throw BackupError(.notFound, "nobody holds the backup \(id)")
        }
    }

    /// Removes markers that have expired, and those whose subject has been gone for a day.
    ///
    /// - Parameter jobs: that are configured.
    package func tidyMarkers(jobs: Set<String>) async throws(BackupError) {
        let owner = try await identify().owner
        let markers = try await markers(of: owner)
        guard !markers.isEmpty else { return }
        let ids = Set(backups(in: try await snapshots(matching: SnapshotName.pattern), of: owner).map(\.id.description))
        let now = clock.now()
        let old = markers.filter { marker in
            let isOrphan =
                switch marker.kind {
                case .hold: !ids.contains(marker.subject)
                case .pause: !jobs.contains(marker.subject)
                case .cancel: true
                case .restore: false
                }
            return !marker.counts(at: now) || isOrphan && (marker.time.map { now - $0 > .seconds(86_400) } ?? false)
        }
        try await remove(old)
    }
}

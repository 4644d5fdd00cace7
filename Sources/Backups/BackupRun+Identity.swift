internal import ElasticsearchClient
internal import Time

extension BackupRun {
    /// The id to use; whoever's snapshots carry an id, it is taken.
    ///
    /// - Throws: `.idTaken`, also while a cancel of that very order stands.
    func freeID(
        _ identity: BackupOrder.Identity, _ markers: Markers, of owner: BackupOwner
    ) async throws(BackupError) -> BackupID {
        switch identity {
        case .exactly(let id):
            if let cancel = markers.cancel(of: id) {
                throw BackupError(
                    .idTaken,
                    "a backup with id \(id) was cancelled\(cancel.byAndReason), and none can be ordered under it while that "
                        + "stands: take another id, or lift it with 'optimize-backup markers remove \(cancel.name)'")
            }
            let found = try await repository.listing.entries().map(\.name).filter { SnapshotName($0)?.id == id }
                .sorted()
            guard found.isEmpty else {
                let clusters = try await repository.backups.clusters(with: id)
                let other = clusters.subtracting([owner.cluster]).min().map { ", of the cluster \($0)" } ?? ""
                throw BackupError(
                    .idTaken, "a backup with id \(id) already exists\(other): \(found.joined(separator: ", "))")
            }
            return id
        case .firstFree(let instant):
            let taken = Set(try await repository.listing.entries().compactMap { SnapshotName($0.name)?.id })
            var second = instant
            func isFree(_ id: BackupID) -> Bool { !taken.contains(id) && markers.cancel(of: id) == nil }
            while !isFree(BackupID(fireTime: second)) { second = second + .seconds(1) }
            return BackupID(fireTime: second)
        }
    }

    /// Throws `.invalidID` for an id whose snapshots, or markers, could be made and then never be named again: the engine takes
    /// request lines of up to 4096 bytes, and other than ASCII letters count threefold for each byte.
    func requireFits(_ part: SnapshotName) throws(BackupError) {
        let marker = "optimize-backup_release_\(part.id)_0123456789abcdef_0123456789_0123456789"
        let path = max(pathComponent(part.description).utf8.count, pathComponent(marker).utf8.count)
        // What stands around the name in the longest request: method, path, query and protocol.
        let line = path + pathComponent(repository.name).utf8.count + 160
        guard line <= 4_096 else {
            throw BackupError(
                .invalidID,
                "the backup id is too long by \(line - 4_096) bytes: percent-encoded, and together with the repository's name, "
                    + "it must fit into a request's line of 4096 bytes")
        }
    }
}

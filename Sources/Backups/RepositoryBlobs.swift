internal import ElasticsearchClient
internal import Time

/// What the storage gives of the repository: the details of snapshots, each read from a blob of its own.
package struct RepositoryBlobs: Sendable {
    let repository: BackupRepository

    /// Reads details, newest first, in pages that fit into a request's line and take a few seconds each; what is read is remembered.
    ///
    /// What is not given and still listed is remembered as unreadable, unless nothing else can be read either.
    ///
    /// - Parameter progress: told after each page how many are left.
    /// - Throws: `.storageFailed` when nothing can be read, with the storage's own words.
    func readDetails(
        of entries: [SnapshotEntry], progress: (_ left: Int) -> Void = { _ in }
    ) async throws(BackupError) {
        var (left, size) = (entries[...], PageSize())
        var (hasRead, missing): (Bool, [SnapshotEntry]) = (false, [])
        while !left.isEmpty {
            let page = try await readPage(of: &left, &size)
            hasRead = hasRead || page.hasRead
            missing += page.missing
            // A storage that gives nothing at all is asked once for its words, not page by page.
            if !hasRead, !missing.isEmpty {
                hasRead = try await judge(missing, hasReadOthers: false)
                missing = []
            }
            progress(left.count)
        }
        if !missing.isEmpty { try await judge(missing, hasReadOthers: hasRead) }
    }

    /// Reads the details of the first of those that are left, by less at a time while no answer comes; what is given is remembered.
    private func readPage(
        of left: inout ArraySlice<SnapshotEntry>, _ size: inout PageSize
    ) async throws(BackupError) -> (hasRead: Bool, missing: [SnapshotEntry]) {
        while true {
            let page = left.prefix(count(of: left, atMost: size.count))
            let start = repository.clock.uptime()
            do {
                let given = try await repository.client.readableSnapshots(page.map(\.name), in: repository.name)
                let time = repository.clock.uptime()
                repository.memory.withState { $0.known.record(given, at: time) }
                size.record(took: time - start)
                left = left.dropFirst(page.count)
                let uuids = Set(given.map(\.uuid))
                return (!given.isEmpty, page.filter { !uuids.contains($0.uuid) })
            } catch {
                let isTooMuch = error.asksForTooMuch || error.code == .answerTooLarge
                guard isTooMuch ? size.recordTooMuch() : error.isTransient && size.shrink() else {
                    throw BackupError("reading snapshots of the repository \(repository.name)", error)
                }
            }
            try await repository.pause(.milliseconds(200), while: "reading the repository \(repository.name)")
        }
    }

    /// How many names fit into one request.
    private func count(of entries: ArraySlice<SnapshotEntry>, atMost limit: Int) -> Int {
        var (bytes, count) = (0, 0)
        for entry in entries.prefix(limit) {
            bytes += pathComponent(entry.name).utf8.count + 1
            guard count == 0 || bytes < 3_200 else { break }
            count += 1
        }
        return count
    }

    /// Tells apart why details were not given: deleted meanwhile, one damaged snapshot, or a storage that gives nothing.
    ///
    /// Only what is refused again, after something else could be read, is unreadable: the storage may just have come back.
    ///
    /// - Returns: whether anything could be read after all.
    @discardableResult
    private func judge(_ missing: [SnapshotEntry], hasReadOthers: Bool) async throws(BackupError) -> Bool {
        let ended = Set(try await repository.listing.entries().filter { $0.state != .inProgress }.map(\.uuid))
        let standing = missing.filter { ended.contains($0.uuid) }
        guard !standing.isEmpty else { return false }
        if !hasReadOthers { try await requireReadable(besides: standing) }
        var (left, size, hasRead) = (standing[...], PageSize(), false)
        while !left.isEmpty {
            let time = repository.clock.uptime()
            let page = try await readPage(of: &left, &size)
            repository.memory.withState { $0.known.record(unreadable: page.missing, at: time) }
            hasRead = hasRead || page.hasRead
        }
        return hasRead
    }

    /// Reads the blob of something else than what could not be read.
    ///
    /// - Throws: `.storageFailed` when that fails as well.
    func requireReadable(besides suspects: [SnapshotEntry]) async throws(BackupError) {
        let uuids = Set(suspects.map(\.uuid))
        let others = repository.memory.withState { state in
            state.known.entries.filter { !uuids.contains($0.uuid) && $0.state != .inProgress }
        }
        for entry in others.suffix(3) + others.prefix(2) where await failure(of: entry) == nil { return }
        guard let suspect = suspects.first, let failure = await failure(of: suspect) else { return }
        if failure.isTransient || failure.code == .cancelled {
            throw BackupError("reading the repository \(repository.name)", failure)
        }
        throw repository.storage.failure("the repository \(repository.name) can't be read", failure)
    }

    private func failure(of entry: SnapshotEntry) async -> EngineError? {
        do {
            try await repository.client.touchSnapshots([entry.name], in: repository.name)
            return nil
        } catch {
            return error
        }
    }

    /// Reads some blobs again: what has ended does not change, but storages lose things, and refuse.
    ///
    /// - Throws: `.storageFailed` when nothing can be read.
    func reread(_ entries: [SnapshotEntry]) async throws(BackupError) {
        guard !entries.isEmpty else { return }
        do {
            try await repository.client.touchSnapshots(entries.map(\.name), in: repository.name)
            let time = repository.clock.uptime()
            repository.memory.withState { $0.known.record(readable: entries, at: time) }
        } catch {
            let isNoAnswer =
                error.isTransient
                || [.denied, .notOffered, .cancelled, .repositoryMissing, .unexpectedAnswer].contains(error.code)
            // What is too much at once is read by less at a time.
            guard !isNoAnswer || error.asksForTooMuch else {
                throw BackupError("reading the repository \(repository.name)", error)
            }
            try await readDetails(of: entries)
        }
    }

    /// Whether every snapshot of those backups can be read at this moment.
    package func canRead(_ ids: Set<String>) async throws(BackupError) -> Bool {
        let entries = repository.memory.withState { $0.known.entries }.filter { entry in
            SnapshotName(entry.name).map { ids.contains($0.id.description) } ?? false
        }
        try await reread(entries)
        let unreadable = Set(repository.memory.withState { $0.known.unreadable }.map(\.uuid))
        return !entries.contains { unreadable.contains($0.uuid) }
    }
}

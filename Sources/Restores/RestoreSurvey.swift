package import Backups
internal import ElasticsearchClient
internal import Time

/// Looks at everything that a restore depends on; changes nothing.
struct RestoreSurvey {
    let run: RestoreRun

    private var request: RestoreRequest { run.request }
    private var home: BackupRepository { run.home }
    private var source: BackupRepository { run.source }
    private var client: EngineClient { home.client }
    private var prefix: String { home.settings.indexPrefix }

    /// - Throws: `.notFound`, and whatever keeps it from being told what stands; what may only be in the way is found, not thrown, and so
    ///   is a right that our user lacks.
    func findings() async throws(BackupError) -> RestoreFindings {
        let engine = try await home.identify().engine
        let backup = try await source.backups.find(request.id, in: request.reach)
        var rights: [String] = []
        var findings = RestoreFindings(
            backup: backup, contents: [:], engine: engine, prefix: prefix, standing: try await standing(&rights),
            aliases: [:], markers: try await home.markers.current())
        findings.statistics = try await statistics(&rights)
        findings.aliases =
            try await asked(&rights) { () throws(BackupError) in
                try await home.attempt("looking up aliases") { () throws(EngineError) in
                    try await client.aliases(matching: pattern)
                }
            } ?? [:]
        if request.newPrefix == nil { findings.optimizeVersion = await optimizeVersion(&rights) }
        for part in backup.countingParts where part.state == .success {
            findings.contents[part.name.description] = try await asked(&rights) { () throws(BackupError) in
                try await source.contents(of: part)
            }
        }
        let running = try await asked(&rights) { () throws(BackupError) in
            try await home.attempt("looking for running snapshots") { () throws(EngineError) in
                try await client.snapshotsUnderWay()
            }
        }
        // Whatever else runs, elsewhere and of others' indices, is in nobody's way.
        let repositories = [home.name, source.name]
        findings.snapshotsUnderWay = (running ?? []).filter { snapshot in
            !snapshot.name.hasPrefix(MarkerName.prefix)
                && (repositories.contains(snapshot.repository)
                    || snapshot.indices.contains { $0.hasPrefix("\(request.newPrefix ?? prefix)-") })
        }
        .map { "\($0.repository)/\($0.name)" }.sorted()
        let recoveries = try await asked(&rights) { () throws(BackupError) in
            try await home.attempt("looking for restores") { () throws(EngineError) in
                try await client.recoveries(ofIndices: pattern)
            }
        }
        findings.recovering =
            (recoveries ?? [:]).filter { $0.value.contains { $0.isFromSnapshot && $0.isUnderWay } }.keys.sorted()
        try await lookAtIndices(of: backup, &findings, &rights)
        findings.capacity = try await capacity(&rights)
        if request.drill == nil {
            try await lookAtHome(&findings, &rights)
        } else {
            findings.restoreRate = try? await client.repository(source.name).restoreRate
        }
        let writesMarker = request.newPrefix == nil && findings.whyNoMarker == nil
        rights += await RestoreRights(
            client: client, request: request, engine: engine, prefix: request.newPrefix ?? prefix
        ).missing(backup.countingParts, in: source.name, home: writesMarker ? home.name : nil)
        findings.written = try await written(since: findings.statistics, &rights)
        findings.missingRights = Set(rights).sorted()
        return findings
    }

    /// What an answer tells; nil where our user may not ask, which is noted as a right that is missing.
    private func asked<Value>(
        _ rights: inout [String], _ body: () async throws(BackupError) -> Value
    ) async throws(BackupError) -> Value? {
        do throws(BackupError) {
            return try await body()
        } catch {
            guard let denied = error.cause?.deniedActions, !denied.isEmpty else { throw error }
            rights += denied
            return nil
        }
    }

    /// Nil where no index tells one.
    private func optimizeVersion(_ rights: inout [String]) async -> String? {
        (try? await asked(&rights) { () throws(BackupError) in try await home.optimize.toldVersion() }) ?? nil
    }

    private func lookAtIndices(
        of backup: Backup, _ findings: inout RestoreFindings, _ rights: inout [String]
    ) async throws(BackupError) {
        let dates = try await asked(&rights) { () throws(BackupError) in
            try await home.attempt("asking how old indices are") { () throws(EngineError) in
                try await client.creationDates(ofIndices: pattern).compactMapValues { $0 }
            }
        }
        findings.creationDates = dates ?? [:]
        let targets = targets(of: backup)
        let there = targets.filter(findings.creationDates.keys.contains)
        // Where none is there, one is asked for all the same: whoever may not ask would learn it after the deletes.
        let primaries = try await asked(&rights) { () throws(BackupError) in
            try await home.attempt("asking how the indices are") { () throws(EngineError) in
                try await client.primaries(of: there.isEmpty ? Array(targets.prefix(1)) : there)
            }
        }
        findings.primaries = primaries ?? [:]
    }

    /// What is in the indices.
    private func statistics(_ rights: inout [String]) async throws(BackupError) -> [String: IndexStatistics] {
        try await asked(&rights) { () throws(BackupError) in
            try await home.attempt("counting what is in the indices") { () throws(EngineError) in
                try await client.statistics(ofIndices: pattern)
            }
        } ?? [:]
    }

    /// Of all that the plan has to do with.
    private var pattern: String { "\(request.newPrefix ?? prefix)-*" }

    private func targets(of backup: Backup) -> [String] {
        let renaming = request.newPrefix.map { IndexRenaming(from: prefix, to: $0) }
        return backup.countingParts.flatMap(\.indices).map { renaming?.newName(of: $0) ?? $0 }
    }

    private func standing(_ rights: inout [String]) async throws(BackupError) -> IndexSelection {
        let selection = try await asked(&rights) { () throws(BackupError) in
            guard let newPrefix = request.newPrefix else { return try await home.optimize.lookUpIndices() }
            let names = try await home.attempt("looking up the indices \(pattern)") { () throws(EngineError) in
                try await client.indices(matching: pattern)
            }
            return IndexSelection(of: names, prefix: newPrefix, firstPartBases: [])
        }
        return selection ?? IndexSelection(of: [], prefix: request.newPrefix ?? prefix, firstPartBases: [])
    }

    /// Nil where our user may not ask, which only a drill can't do without.
    private func capacity(_ rights: inout [String]) async throws(BackupError) -> EngineCapacity? {
        do {
            return try await client.capacity()
        } catch {
            if request.drill != nil { rights += error.deniedActions }
            guard [.denied, .notOffered].contains(error.code) else { throw BackupError("asking for room", error) }
            return nil
        }
    }

    /// What the repository says in which markers stand: of an interrupted run, and of other backups.
    private func lookAtHome(
        _ findings: inout RestoreFindings, _ rights: inout [String]
    ) async throws(BackupError) {
        do throws(BackupError) {
            _ = try await home.storage.verify()
        } catch {
            guard ![.engineUnreachable, .cancelled].contains(error.code) else { throw error }
            // A right that only a check needs stops nothing; what a marker needs does.
            let needed = EngineOperation.getRepository.actions.map(\.name)
            if request.newPrefix == nil {
                rights += (error.cause?.deniedActions ?? []).filter(needed.contains)
            }
            if error.code != .engineDenied, error.cause?.code != .notOffered { findings.whyNoMarker = "\(error)" }
        }
        let id = findings.backup.id.description
        let own = findings.markers.restores.filter { $0.subject == id }
        findings.isInterrupted = own.allSatisfy { marker in
            guard let process = marker.note?.process else { return false }
            return process == run.settings.process || run.settings.isGone(process)
        }
        guard request.newPrefix == nil else { return }
        let look = try await home.look()
        let completed = look.backups.filter { $0.state == .completed }
        findings.backupsUnderWay = look.backups.filter { $0.state == .inProgress && $0.id != request.id }
        if home.name == source.name, findings.backup.cluster == nil, let time = findings.backup.time {
            findings.newer = completed.filter { $0.id != findings.backup.id && $0.time.map { $0 > time } ?? false }
        }
        guard let begun = own.compactMap(\.note?.begun).min() else { return }
        findings.safetyBackups = completed.filter { $0.startTime.map { $0 >= begun } ?? false }
    }

    /// Indices to which something was written since: looked at twice, some time apart; not where a right is missing, so that nothing
    /// is restored anyway.
    private func written(
        since before: [String: IndexStatistics], _ rights: inout [String]
    ) async throws(BackupError) -> [String] {
        guard !before.isEmpty, request.newPrefix == nil, rights.isEmpty else { return [] }
        try await home.pause(run.settings.watchTime, while: "watching whether something writes to the indices")
        let after = try await statistics(&rights)
        return before.filter { index, then in
            guard let now = after[index], then.sequenceNumbers.count == now.sequenceNumbers.count else { return false }
            return then.sequenceNumbers != now.sequenceNumbers
        }.keys.filter { IndexSelection.baseName(of: $0, prefix: prefix) != nil }.sorted()
    }
}

extension BackupRepository {
    /// Reads what stands in the part for each of its shards.
    package func contents(of part: Part) async throws(BackupError) -> RestoreFindings.Contents {
        do {
            return .read(try await client.contents(of: part.name.description, in: name))
        } catch {
            switch error.code {
            case .snapshotUnreadable, .snapshotMissing, .failed: return .unreadable(error.reason)
            default: throw BackupError("reading what stands in \(part.name)", error)
            }
        }
    }
}

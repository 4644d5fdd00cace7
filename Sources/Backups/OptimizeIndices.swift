internal import ElasticsearchClient
internal import Time

/// What there is to back up: Optimize's own indices, and the version that wrote them.
package struct OptimizeIndices: Sendable {
    let repository: BackupRepository

    /// The indices as they are now, sorted into parts; neither part is empty, and none is hidden from our user.
    ///
    /// - Throws: `.indicesHidden` when the master knows of indices of ours that our user does not see: a role narrows what an engine
    ///   shows, and nothing in its answer says so. `.noIndices`.
    package func selectIndices() async throws(BackupError) -> IndexSelection {
        var selection = try await lookUpIndices()
        // One that was made between both lists is in both the next time.
        if !selection.hidden.isEmpty { selection = try await lookUpIndices() }
        guard selection.hidden.isEmpty else {
            let credentials = repository.client.settings.credentials
            throw BackupError(
                .indicesHidden,
                "\(credentials.owner) may not see: \(selection.hidden.joined(separator: ", ")); a backup would lack them: widen its role",
                setting: credentials.settingOfRights)
        }
        if selection.firstPart.isEmpty || selection.secondPart.isEmpty {
            let missing = selection.firstPart.isEmpty ? "import indices for part 1" : "indices for part 2"
            throw BackupError(
                .noIndices, "no \(missing) among the indices that match \(pattern)",
                setting: selection.firstPart.isEmpty != selection.secondPart.isEmpty
                    ? "backup.firstPartIndices" : "backup.indexPrefix")
        }
        return selection
    }

    /// Of all that may be Optimize's.
    package var pattern: String { "\(repository.settings.indexPrefix)-*" }

    /// The indices as they are now, sorted into parts, whatever is wrong with them.
    package func lookUpIndices() async throws(BackupError) -> IndexSelection {
        let names = try await repository.attempt("looking up the indices \(pattern)") { () throws(EngineError) in
            try await repository.client.indices(matching: pattern)
        }
        var states: [String: String]?
        do {
            states = try await repository.client.indexStates(matching: pattern)
        } catch {
            // A right that only a check needs stops no backup; `check` tells.
            guard [.denied, .notOffered].contains(error.code) else {
                throw BackupError("confirming the indices \(pattern)", error)
            }
        }
        return IndexSelection(
            of: names, prefix: repository.settings.indexPrefix, firstPartBases: repository.settings.firstPartIndices,
            states: states)
    }

    /// Throws `.restoring` while an index of ours comes out of a snapshot, whoever ordered it: a backup would have half of it.
    ///
    /// - Returns: as `newestRecovery`.
    func requireNoRecovery() async throws(BackupError) -> Instant? {
        let all = try await recoveries()
        let found = all.filter { $0.value.contains(where: \.isUnderWay) }
        guard let first = found.keys.min() else { return newest(of: all) }
        let others = found.count > 1 ? " and \(found.count - 1) more" : ""
        throw BackupError(.restoring, "\(first)\(others) comes out of a snapshot now: a restore is under way")
    }

    /// When an index of ours began to come out of a snapshot last, by the engine's clock; nil where none tells of it.
    func newestRecovery() async throws(BackupError) -> Instant? {
        newest(of: try await recoveries())
    }

    private func newest(of recoveries: [String: [ShardRecovery]]) -> Instant? {
        recoveries.values.joined().compactMap(\.startTime).max()
    }

    /// Of the indices that came out of a snapshot.
    ///
    /// A right that only this needs and that our user lacks stops no backup.
    private func recoveries() async throws(BackupError) -> [String: [ShardRecovery]] {
        do {
            return try await repository.client.recoveries(ofIndices: pattern)
                .filter { IndexSelection.isNamed($0.key, as: repository.settings.indexPrefix) }
                .mapValues { $0.filter(\.isFromSnapshot) }
        } catch {
            guard ![.denied, .notOffered].contains(error.code) else { return [:] }
            throw BackupError("asking what becomes of the indices \(pattern)", error)
        }
    }

    /// Optimize's version as its `metadata` index tells; the configured one where that tells none.
    ///
    /// A configured one that is no longer so would make every name a lie.
    package func version() async throws(BackupError) -> String {
        let configured = repository.settings.optimizeVersion?.lowercased()
        do throws(BackupError) {
            return try await toldVersion()
        } catch {
            guard let configured, ![.engineUnreachable, .cancelled].contains(error.code) else { throw error }
            return configured
        }
    }

    /// As the `metadata` index tells it.
    ///
    /// - Throws: `.versionUnknown`.
    package func toldVersion() async throws(BackupError) -> String {
        let index = "\(repository.settings.indexPrefix)-metadata"
        func unknown(_ why: String, _ cause: EngineError? = nil) -> BackupError {
            BackupError(
                .versionUnknown,
                "Optimize's version can't be read from the index \(index): \(why); wait until an upgrade of Optimize has ended, or "
                    + "set backup.optimizeVersion, or correct backup.indexPrefix", setting: "backup.optimizeVersion",
                cause: cause)
        }
        let values: Set<String>
        do {
            values = try await repository.client.values(of: "schemaVersion", in: index)
        } catch {
            guard error.code != .indexMissing else { throw unknown("there is no such index", error) }
            throw BackupError("reading Optimize's version from \(index)", error)
        }
        guard values.count < 2 else {
            throw unknown("its documents tell several: \(values.sorted().joined(separator: ", "))")
        }
        guard let value = values.first else { throw unknown("there is no such document or field") }
        guard isVersion(value) else { throw unknown("'\(value)' is no version") }
        return value.lowercased()
    }
}

/// Whether a text can stand as the version in a snapshot's name.
private func isVersion(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 64
        && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".+-".contains($0)) }
}

internal import ElasticsearchClient

extension BackupRepository {
    /// The indices as they are now, sorted into parts; neither part is empty, and none is hidden from our user.
    ///
    /// - Throws: `.indicesHidden` when the master knows of indices of ours that our user does not see: a role narrows what an engine
    ///   shows, and nothing in its answer says so. `.noIndices`.
    package func selectIndices() async throws(BackupError) -> IndexSelection {
        var selection = try await lookUpIndices()
        // One that was made between both lists is in both the next time.
        if !selection.hidden.isEmpty { selection = try await lookUpIndices() }
        guard selection.hidden.isEmpty else {
            throw BackupError(
                .indicesHidden,
                "the engine's user may not see: \(selection.hidden.joined(separator: ", ")); a backup would lack them: widen its role",
                setting: "engine.username")
        }
        if selection.firstPart.isEmpty || selection.secondPart.isEmpty {
            let missing = selection.firstPart.isEmpty ? "import indices for part 1" : "indices for part 2"
            throw BackupError(
                .noIndices, "no \(missing) among the indices that match \(pattern)",
                setting: selection.firstPart.isEmpty && !selection.secondPart.isEmpty
                    ? "backup.firstPartIndices" : "backup.indexPrefix")
        }
        return selection
    }

    private var pattern: String { "\(settings.indexPrefix)-*" }

    private func lookUpIndices() async throws(BackupError) -> IndexSelection {
        let names = try await attempt("looking up the indices \(pattern)") { () throws(EngineError) in
            try await client.indices(matching: pattern)
        }
        var states: [String: String]?
        do {
            states = try await client.indexStates(matching: pattern)
        } catch {
            // A right that only a check needs stops no backup; `check` tells.
            guard error.code == .denied else { throw BackupError("confirming the indices \(pattern)", error) }
        }
        return IndexSelection(
            of: names, prefix: settings.indexPrefix, firstPartBases: settings.firstPartIndices, states: states)
    }
}

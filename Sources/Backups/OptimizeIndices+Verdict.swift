internal import ElasticsearchClient
internal import Time

extension OptimizeIndices {
    /// Compares what a part holds with what there is to back up: by the repository and the engine alone, so that whoever ends a backup
    /// comes to the same verdict.
    ///
    /// An index counts as missing if it had been there for a minute when the part was ordered; one that came later, or came out of a
    /// snapshot since, belongs to the next backup.
    ///
    /// - Parameter snapshot: ended in SUCCESS.
    /// - Returns: what came meanwhile, and so is not in it.
    /// - Throws: `.contentMismatch`.
    func judge(_ snapshot: Snapshot, part: Int) async throws(BackupError) -> [String] {
        var left = try await compare(snapshot, part: part)
        // A list that was made while indices come and go may lack some: both have to agree.
        if !left.missing.isEmpty {
            try await repository.pause(.seconds(1), while: "comparing \(snapshot.name) with what there is")
            let again = try await compare(snapshot, part: part)
            left.missing = left.missing.filter(again.missing.contains)
        }
        guard left.missing.isEmpty, left.unasked.isEmpty else {
            throw BackupError(
                .contentMismatch,
                "\(snapshot.name) does not contain what was to be taken: " + words("missing", left.missing)
                    + words("unasked", left.unasked))
        }
        return left.younger
    }

    private struct Difference {
        var missing: [String] = []
        var younger: [String] = []
        var unasked: [String] = []
    }

    private func compare(_ snapshot: Snapshot, part: Int) async throws(BackupError) -> Difference {
        let selection = try await lookUpIndices()
        let taken = Set(snapshot.indices)
        let expected = part == 1 ? selection.firstPart : selection.secondPart
        var difference = Difference()
        difference.unasked = taken.filter { selection.part(of: $0) != part }.sorted()
        let absent = expected.filter { !taken.contains($0) }
        guard !absent.isEmpty else { return difference }
        var ages: [String: Instant] = [:]
        do {
            ages = try await repository.client.ages(ofIndices: pattern)
        } catch {
            // A right that only a check needs stops no backup.
            guard error.code == .denied else { throw BackupError("asking how old the indices \(pattern) are", error) }
        }
        for name in absent {
            let isOld = snapshot.startTime.flatMap { start in ages[name].map { start - $0 >= .seconds(60) } } ?? false
            if isOld { difference.missing.append(name) } else { difference.younger.append(name) }
        }
        return difference
    }
}

private func words(_ word: String, _ names: [String]) -> String {
    names.isEmpty ? "" : "\(word) \(names.joined(separator: ", ")). "
}

internal import ElasticsearchClient
internal import Time

extension OptimizeIndices {
    /// Compares what a backup, or its part 1 alone, holds with what there is to back up: by the repository and the engine, so that whoever
    /// ends it comes to the same verdict.
    ///
    /// An index counts as missing if it had been there for a minute when its part was ordered; one that came later, or came out of a
    /// snapshot since, belongs to the next backup. Which part a whole backup has it in is the business of who ordered it.
    ///
    /// - Parameter parts: in their order, all ended in SUCCESS.
    /// - Returns: what is not in it, though nothing is amiss.
    /// - Throws: `.contentMismatch`.
    func judge(_ parts: [Snapshot]) async throws(BackupError) -> [String] {
        var difference = try await compare(parts)
        // A list that was made while indices come and go may lack some: both have to agree.
        if !difference.missing.isEmpty {
            try await repository.pause(.seconds(1), while: "comparing a backup with what there is")
            let again = try await compare(parts)
            difference.missing = difference.missing.filter(again.missing.contains)
        }
        guard difference.missing.isEmpty, difference.unasked.isEmpty else {
            let what = parts.count == 1 ? parts[0].name : "the backup \(parts[0].name) with its part 2"
            throw BackupError(
                .contentMismatch,
                "\(what) does not contain what was to be taken: " + words("missing", difference.missing)
                    + words("unasked", difference.unasked))
        }
        return difference.younger
    }

    private struct Difference {
        var missing: [String] = []
        /// Or of an age that nobody may tell.
        var younger: [String] = []
        var unasked: [String] = []
    }

    private func compare(_ parts: [Snapshot]) async throws(BackupError) -> Difference {
        let selection = try await lookUpIndices()
        let taken = Set(parts.flatMap(\.indices))
        let expected = selection.firstPart + (parts.count == 1 ? [] : selection.secondPart)
        var difference = Difference()
        difference.unasked = taken.filter { selection.part(of: $0) == nil }.sorted()
        let absent = expected.filter { !taken.contains($0) }
        guard !absent.isEmpty else { return difference }
        var ages: [String: Instant] = [:]
        do {
            ages = try await repository.client.ages(ofIndices: pattern)
        } catch {
            // A right that only a check needs stops no backup.
            guard [.denied, .notOffered].contains(error.code) else {
                throw BackupError("asking how old the indices \(pattern) are", error)
            }
        }
        for name in absent {
            let start = parts[min(selection.part(of: name) ?? 1, parts.count) - 1].startTime
            let isOld = start.flatMap { start in ages[name].map { start - $0 >= .seconds(60) } } ?? false
            if isOld { difference.missing.append(name) } else { difference.younger.append(name) }
        }
        return difference
    }
}

private func words(_ word: String, _ names: [String]) -> String {
    names.isEmpty ? "" : "\(word) \(names.joined(separator: ", ")). "
}

/// `backup.*`: what is backed up, and where to.
package struct BackupSettings: Sendable, Equatable {
    package var repositoryName: String
    /// In lower case; nil to read it from Optimize's `metadata` index.
    package var optimizeVersion: String?
    /// The complete prefix of Optimize's indices.
    package var indexPrefix = "optimize"
    /// Base names.
    package var firstPartIndices = [
        "import-index", "timestamp-based-import-index", "position-based-import-index", "job-registry",
    ]
    /// Uuids.
    package var formerClusters: [String] = []
    package var timeout = Duration.seconds(12 * 3_600)
    package var takeUpWithin = Duration.seconds(3_600)
    package var waitForOthers = Duration.seconds(3_600)

    package init(repositoryName: String) {
        self.repositoryName = repositoryName
    }
}

extension BackupSettings {
    private static let repositoryName = Key(
        "repositoryName",
        allowed: #"a name of up to 200 characters without space, control characters and any of \ / * ? " < > | , #"#,
        "The snapshot repository, which must be registered with the engine."
    ) { (text) throws(Refusal) in
        guard isPrintable(text), text.utf8.count <= 200, !text.contains(where: #" \/*?"<>|,#"#.contains),
            !text.hasPrefix("_")
        else { throw Refusal() }
        return text
    }

    private static let optimizeVersion = Key(
        "optimizeVersion", allowed: "up to 64 letters, digits, '.', '+' and '-', such as 8.6.0",
        "Optimize's version, which goes into the names of the snapshots. Read from Optimize's metadata index if not set."
    ) { (text) throws(Refusal) in
        guard (1...64).contains(text.utf8.count), text.allSatisfy({ isNameCharacter($0) || $0 == "+" }) else {
            throw Refusal()
        }
        return text.lowercased()
    }

    private static let indexPrefix = Key(
        "indexPrefix",
        allowed: "up to 100 lower-case letters, digits, '.', '-' and '_', beginning with a letter or a digit",
        "The complete prefix of Optimize's indices."
    ) { (text) throws(Refusal) in
        guard isIndexName(text) else { throw Refusal() }
        return text
    }

    private static let firstPartIndices = Key(
        list: "firstPartIndices",
        allowed: "a list of base names in lower case, each once, such as [import-index, job-registry]",
        "Base names of the indices of part 1: what Optimize has imported so far, and what it has deleted."
    ) { (texts) throws(Refusal) in
        guard !texts.isEmpty, Set(texts).count == texts.count, texts.allSatisfy(isIndexName) else { throw Refusal() }
        return texts
    }

    private static let formerClusters = Key(
        list: "formerClusters", allowed: "a list of cluster uuids, each once, such as [3qGpVBCPTrydLdRkIQ3BWg]",
        "Clusters that were ours: their backups of this prefix are listed, held and deleted as ours; nothing of them goes by itself."
    ) { (texts) throws(Refusal) in
        guard Set(texts).count == texts.count, texts.allSatisfy(isClusterUUID) else { throw Refusal() }
        return texts
    }

    private static let timeout = Key(
        duration: "timeout", .seconds(60)...(.seconds(30 * 86_400)),
        "From part 1's start; then the backup has failed and its unfinished snapshot is deleted.")
    private static let takeUpWithin = Key(
        duration: "takeUpWithin", .seconds(1)...(.seconds(30 * 86_400)),
        "How long after part 1 ended a part 2 may still follow.")
    private static let waitForOthers = Key(
        duration: "waitForOthers", .seconds(0)...(.seconds(30 * 86_400)),
        "How long a scheduled backup waits for a snapshot that others have in progress; then it starts beside it.")

    init(_ section: inout Section) {
        let name = section.read(Self.repositoryName, variables: ["CAMUNDA_OPTIMIZE_BACKUP_REPOSITORY_NAME"])
        if name == nil, !section.isGiven("repositoryName") {
            section.complain(
                "repositoryName",
                "is missing; set it, or the variable CAMUNDA_OPTIMIZE_BACKUP_REPOSITORY_NAME, to the name of a "
                    + "snapshot repository that is registered with the engine")
        }
        self.init(repositoryName: name?.value ?? "")
        optimizeVersion = section.read(Self.optimizeVersion)?.value
        let prefix = section.read(Self.indexPrefix, variables: ["CAMUNDA_OPTIMIZE_ELASTICSEARCH_SETTINGS_INDEX_PREFIX"])
        if let (prefix, _) = prefix { indexPrefix = prefix }
        if let (indices, _) = section.read(Self.firstPartIndices) { firstPartIndices = indices }
        if let (clusters, _) = section.read(Self.formerClusters) { formerClusters = clusters }
        if let (timeout, _) = section.read(Self.timeout) { self.timeout = timeout }
        if let (duration, _) = section.read(Self.takeUpWithin) { takeUpWithin = duration }
        if let (duration, _) = section.read(Self.waitForOthers) { waitForOthers = duration }
        section.finish()
    }
}

private func isIndexName(_ text: String) -> Bool {
    guard let first = text.first, first.isLetter || first.isNumber else { return false }
    return text.utf8.count <= 100 && text.allSatisfy { isNameCharacter($0) && !$0.isUppercase || $0 == "_" }
}

/// 22 characters of URL-safe Base64, as the engines make them.
private func isClusterUUID(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
        && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
}

private func isNameCharacter(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || character == "." || character == "-")
}

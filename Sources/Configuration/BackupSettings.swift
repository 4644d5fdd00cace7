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

extension BackupSettings: ConfiguredSection {
    static let unset = BackupSettings(repositoryName: "")

    static let keys: [Key<BackupSettings>] = [
        Key(
            required: "repositoryName", \.repositoryName, { _ in .repositoryName },
            variables: ["CAMUNDA_OPTIMIZE_BACKUP_REPOSITORY_NAME"],
            wanted: "the name of a snapshot repository that is registered with the engine", example: "backups",
            "The snapshot repository, which must be registered with the engine."),
        Key(
            "optimizeVersion", \.optimizeVersion, .optimizeVersion,
            unset: "read from Optimize's metadata index at each run",
            "Optimize's version, which goes into the names of the snapshots, for where its metadata index tells none; what that tells counts."
        ),
        Key(
            "indexPrefix", \.indexPrefix, .indexPrefix,
            variables: ["CAMUNDA_OPTIMIZE_ELASTICSEARCH_SETTINGS_INDEX_PREFIX"],
            "The complete prefix of Optimize's indices."),
        Key(
            "firstPartIndices", \.firstPartIndices, .indexNames,
            "Base names of the indices of part 1: what Optimize has imported so far, and what it has deleted."),
        Key(
            "formerClusters", \.formerClusters, .clusterUUIDs,
            "Clusters that were ours: their backups of this prefix are listed, held and deleted as ours; nothing of them goes by itself. "
                + "See docs/after-a-disaster.md."),
        Key(
            "timeout", \.timeout, .duration(.seconds(60)...(.days(30))),
            "From part 1's start, by the engine's clock; then the backup has failed and its unfinished snapshot is deleted."
        ),
        Key(
            "takeUpWithin", \.takeUpWithin, .duration(.seconds(1)...(.days(30))),
            "How long after part 1 ended a part 2 may still follow, by whomever."),
        Key(
            "waitForOthers", \.waitForOthers, .duration(.seconds(0)...(.days(30))),
            "How long a scheduled backup waits for a snapshot that others have in progress; then it starts beside it, and says so. One "
                + "that was ordered starts at once."),
    ]
}

extension Notation where Value == String {
    static let repositoryName = text(
        #"a name of up to 200 characters without space, control characters and any of \ / * ? " < > | , #"#
    ) { (text) throws(Refusal) in
        guard isPrintable(text), text.utf8.count <= 200, !text.contains(where: #" \/*?"<>|,#"#.contains),
            !text.hasPrefix("_")
        else { throw Refusal() }
        return text
    }

    fileprivate static let optimizeVersion = text("up to 64 letters, digits, '.', '+' and '-', such as 8.6.0") {
        (text) throws(Refusal) in
        guard (1...64).contains(text.utf8.count), text.allSatisfy({ isNameCharacter($0) || $0 == "+" }) else {
            throw Refusal()
        }
        return text.lowercased()
    }

    fileprivate static let indexPrefix = text(
        "up to 100 lower-case letters, digits, '.', '-' and '_', beginning with a letter or a digit"
    ) { (text) throws(Refusal) in
        guard isIndexName(text) else { throw Refusal() }
        guard text != "drill", !text.hasPrefix("drill-") else { throw Refusal("is what indices of drills begin with") }
        return text
    }
}

extension Notation where Value == [String] {
    fileprivate static let indexNames = list(
        "a list of base names in lower case, each once, such as [import-index, job-registry]"
    ) { (texts) throws(Refusal) in
        guard !texts.isEmpty, Set(texts).count == texts.count, texts.allSatisfy(isIndexName) else { throw Refusal() }
        return texts
    }

    fileprivate static let clusterUUIDs = list("a list of cluster uuids, each once, such as [3qGpVBCPTrydLdRkIQ3BWg]") {
        (texts) throws(Refusal) in
        guard Set(texts).count == texts.count, texts.allSatisfy(isClusterUUID) else { throw Refusal() }
        return texts
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

internal import ElasticsearchClient
internal import Engines

/// What the log says of the engine's release, each of a cluster once: while nodes are upgraded, each tells its own.
struct EngineJournal: Sendable {
    private var cluster: String?
    /// Those that were told, the newest last.
    private var releases: [String] = []

    /// What is new at a look.
    mutating func entries(_ engine: EngineDescription) -> [LogEntry] {
        let release = "\(engine.distribution.rawValue) \(engine.version)"
        guard engine.clusterUUID == cluster, let last = releases.last else {
            (cluster, releases) = (engine.clusterUUID, [release])
            return []
        }
        guard !releases.contains(release) else { return [] }
        releases.append(release)
        let words = "the engine is \(release) now, was \(last)"
        guard let warning = engine.wordsOnUnknownKind else { return [LogEntry(.engineUpgraded, .notice, words)] }
        return [LogEntry(.engineUpgraded, .warning, "\(words); \(warning)")]
    }
}

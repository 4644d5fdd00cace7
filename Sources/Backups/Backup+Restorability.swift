internal import ElasticsearchClient
internal import Engines

extension Backup {
    /// Whether the engine refuses to restore it.
    package var isRefused: Bool { restorability?.isRestorable == false }

    /// The same with what is known of whether an engine can restore it; only of what is COMPLETED anything is said.
    func judged(by engine: EngineDescription) -> Backup {
        guard state == .completed else { return self }
        var backup = self
        backup.restorability = Restorability(
            all: countingParts.map { part in
                Restorability(
                    written: part.writer, oldest: part.metadata?.oldestIndex, by: engine.kind, version: engine.version,
                    readable: engine.oldestReadable)
            })
        return backup
    }
}

internal import SimulatedEngine
internal import Time

extension World {
    /// Blobs rot, are moved away and come back, whoever's they are, and once in a while a listing comes empty; in the end all is whole.
    ///
    /// - Parameter pause: the longest between two changes.
    func damageBlobs(pause: Duration, until end: Duration) async {
        let nature = makeInstance()
        while executor.elapsed < end {
            let rest = Int(pause.microseconds / 1_000)
            guard (try? await nature.sleep(for: .milliseconds(executor.random.below(rest)))) != nil else { return }
            switch executor.random.below(4) {
            case 0: engine.withState { $0.emptyListings = 1 }
            case 1: healBlobs()
            default: damageOneBlob()
            }
        }
        healBlobs()
        engine.withState { $0.emptyListings = 0 }
    }

    private func damageOneBlob() {
        let drawn = executor.random.below(10_000)
        let damage = EngineState.Damage.allCases[executor.random.below(EngineState.Damage.allCases.count)]
        let now = trueTime
        let victim = engine.withState { state -> EngineState.Snapshot? in
            state.advance(to: now)
            let ended = (state.repositories["backups"]?.snapshots ?? []).filter { !$0.isRunning }
            guard !ended.isEmpty else { return nil }
            let victim = ended[drawn % ended.count]
            state.repositories["backups"]?.unreadable[victim.uuid] = damage
            return victim
        }
        guard let victim else { return }
        log("the blob of \(victim.name) is \(damage)")
        blobsChanged = executor.elapsed
    }

    private func healBlobs() {
        log("all blobs are whole")
        engine.withState { $0.repositories["backups"]?.unreadable = [:] }
        blobsChanged = executor.elapsed
    }

    /// The uuids of the snapshots whose blobs can't be read.
    var damagedUUIDs: Set<String> {
        engine.withState { Set(($0.repositories["backups"]?.unreadable ?? [:]).keys) }
    }

    /// Whether what an instance decides by can no longer be older than the last damage or healing.
    var blobsAreSteady: Bool { blobsChanged.map { executor.elapsed - $0 > .seconds(180) } ?? true }
}

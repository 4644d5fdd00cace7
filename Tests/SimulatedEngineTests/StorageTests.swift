import Engines
import HTTP
import JSON
import SimulatedEngine
import Testing

/// What only a broken storage shows, as it was seen on real engines.
@Suite(.timeLimit(.minutes(10)))
struct StorageTests {
    private static let bad: [EngineState.Storage] = [.full, .readOnly, .denied]

    private func words(_ storage: EngineState.Storage) -> String {
        switch storage {
        case .working, .full: "No space left on device"
        case .readOnly: "Read-only file system"
        case .denied: "Access Denied"
        }
    }

    /// An engine whose storage turns bad once it holds the snapshot `old`.
    private func engine(_ kind: EngineKind, _ storage: EngineState.Storage) -> Asking {
        var engine = Asking(kind)
        _ = engine.create("old")
        engine.state.repositories["backups"]?.storage = storage
        return engine
    }

    @Test(arguments: EngineKind.allCases, bad)
    func acceptsAndLoses(kind: EngineKind, storage: EngineState.Storage) {
        var engine = engine(kind, storage)
        for order in [#"{"indices":["a"]}"#, #"{"indices":"-*"}"#] {
            #expect(engine.call(.put, "/_snapshot/backups/new", order).status == 200)
            engine.pass(.milliseconds(150))
            let running = engine.list("new").json["snapshots"]?.array?.first
            #expect(running?["state"] == "IN_PROGRESS")
            #expect(engine.call(.put, "/_snapshot/backups/new", order).status == 400)
            engine.pass(.milliseconds(100))
            #expect(engine.list("new", "?verbose=false").status == 404)
            let waiting = engine.call(.put, "/_snapshot/backups/new?wait_for_completion=true", order)
            #expect(waiting.status == 500 && waiting.words.contains(words(storage)))
            #expect(engine.list("_all", "?verbose=false").names == ["old"])
        }
        engine.state.repositories["backups"]?.storage = .working
        #expect(engine.create("new").status == 200)
        #expect(engine.list("_all").names == ["old", "new"])
    }

    @Test(arguments: EngineKind.allCases, bad)
    func tellsItsNamesAndVerifiesNothing(kind: EngineKind, storage: EngineState.Storage) {
        var engine = engine(kind, storage)
        let isReadable = storage != .denied
        #expect(engine.list("*", "?verbose=false").names == ["old"])
        #expect(engine.list("old").status == (isReadable ? 200 : 500))
        #expect(engine.list("*").status == (isReadable ? 200 : 500))
        #expect(engine.list("*", "?ignore_unavailable=true").names == (isReadable ? ["old"] : []))
        #expect(engine.list("nope").status == 404)
        #expect(engine.call(.get, "/_snapshot/backups/old/_status").status == (isReadable ? 200 : 500))
        let restore = engine.call(
            .post, "/_snapshot/backups/old/_restore", #"{"rename_pattern":"(.+)","rename_replacement":"b-$1"}"#)
        #expect(restore.status == (isReadable ? 200 : 500))
        let verification = engine.call(.post, "/_snapshot/backups/_verify")
        #expect(verification.status == 500)
        #expect(verification.json["error"]?["type"] == "repository_verification_exception")
        #expect(verification.words.contains(words(storage)))
        if !isReadable { #expect(engine.list("old").words.contains("s3_exception")) }
    }

    @Test(arguments: EngineKind.allCases, bad)
    func deletesNothingButWhatRuns(kind: EngineKind, storage: EngineState.Storage) {
        var engine = engine(kind, .working)
        engine.state.nextSnapshot.duration = .seconds(60)
        _ = engine.create("slow")
        engine.state.repositories["backups"]?.storage = storage
        let deletion = engine.call(.delete, "/_snapshot/backups/old,slow")
        #expect(deletion.status == 500 && deletion.words.contains(words(storage)))
        let failsToClose = deletion.json["error"]?["type"] == "illegal_state_exception"
        #expect(failsToClose == (storage == .full && kind.has(.fullStorageFailsToClose)))
        #expect(engine.list("_all", "?verbose=false").names == ["old"])
        #expect(engine.call(.delete, "/_snapshot/backups/nope").status == 404)
        #expect(engine.call(.delete, "/_snapshot/backups/nope*").status == 200)
        #expect(engine.call(.delete, "/_snapshot/backups/old").status == 500)
        engine.state.repositories["backups"]?.storage = .working
        #expect(engine.call(.delete, "/_snapshot/backups/old").status == 200)
    }

    @Test(arguments: EngineKind.allCases)
    func aRepositoryInUseStays(kind: EngineKind) {
        var engine = Asking(kind)
        engine.state.nextSnapshot.duration = .seconds(60)
        _ = engine.create("slow")
        let answer = engine.call(.delete, "/_snapshot/backups")
        let conflicts = kind.has(.busyRepositoriesConflict)
        #expect(answer.status == (conflicts ? 409 : 500))
        #expect(
            answer.json["error"]?["type"] == (conflicts ? "repository_conflict_exception" : "illegal_state_exception"))
    }

    /// A delete that waited for its turn finds the storage as it is then.
    @Test(arguments: EngineKind.allCases)
    func aQueuedDeleteFails(kind: EngineKind) {
        var engine = engine(kind, .working)
        engine.state.nextSnapshot.duration = .seconds(60)
        _ = engine.create("slow")
        #expect(engine.callAndMaybeWait(.delete, "/_snapshot/backups/old") == nil)
        engine.state.repositories["backups"]?.storage = .full
        engine.pass(.seconds(60))
        #expect(engine.call(.delete, "/_snapshot/backups/old").status == 500)
        #expect(engine.list("_all").names == ["old"])
    }

    @Test(arguments: EngineKind.allCases, bad)
    func whatRunsIsLostAtItsEnd(kind: EngineKind, storage: EngineState.Storage) {
        var engine = engine(kind, .working)
        engine.state.nextSnapshot.duration = .seconds(60)
        _ = engine.create("slow")
        engine.pass(.seconds(10))
        engine.state.repositories["backups"]?.storage = storage
        engine.pass(.seconds(40))
        #expect(engine.list("slow").json["snapshots"]?.array?.first?["state"] == "IN_PROGRESS")
        engine.pass(.seconds(20))
        #expect(engine.list("_all", "?verbose=false").names == ["old"])
    }
}

extension StorageTests {
    private func damaged(_ kind: EngineKind, _ damage: EngineState.Damage) -> Asking {
        var engine = Asking(kind)
        for name in ["one", "two"] {
            _ = engine.create(name)
            engine.pass(.seconds(1))
        }
        let uuid = engine.state.repositories["backups"]?.snapshot("two")?.uuid ?? ""
        engine.state.repositories["backups"]?.unreadable[uuid] = damage
        return engine
    }

    @Test(arguments: EngineKind.allCases, [EngineState.Damage.missing, .corrupt])
    func aDamagedSnapshotIsANameAlone(kind: EngineKind, damage: EngineState.Damage) {
        var engine = damaged(kind, damage)
        let (status, type) = damage == .missing ? (404, "snapshot_missing_exception") : (500, "snapshot_exception")
        for target in ["two", "*", "one,two", "two/_status", "one,two/_status?ignore_unavailable=true"] {
            let answer = engine.list(target)
            #expect(answer.status == status, "\(target)")
            #expect(answer.json["error"]?["type"] == .string(type))
            let isInformation = answer.words.contains("failed to get snapshot info")
            #expect(
                damage == .missing || isInformation == kind.has(.unreadableDetailsAreInformation), "\(answer.words)")
            #expect(answer.json["error"]?["reason"]?.string?.contains(":two/simulated-snapshot-2]") == true)
        }
        #expect(engine.list("one").status == 200)
        #expect(engine.list("*", "?verbose=false").names == ["one", "two"])
        #expect(engine.list("*", "?ignore_unavailable=true").names == ["one"])
        #expect(engine.list("two", "?ignore_unavailable=true&filter_path=snapshots.snapshot").json == [:])
        #expect(engine.call(.post, "/_snapshot/backups/two/_restore", "{}").status == status)
        #expect(engine.call(.post, "/_snapshot/backups/_verify").status == 200)
        #expect(engine.create("two").status == 400)
        #expect(engine.call(.delete, "/_snapshot/backups/two").status == 200)
        #expect(engine.list("*").names == ["one"])
    }
}

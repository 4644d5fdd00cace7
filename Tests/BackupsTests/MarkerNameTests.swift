import ElasticsearchClient
import JSON
import Testing
import Time

@testable import Backups

@Suite(.timeLimit(.minutes(10)))
struct MarkerNameTests {
    private static let owner = BackupOwner(cluster: "c", prefix: "optimize")

    @Test(arguments: [
        ("optimize-backup_hold_b1_0123456789abcdef_0_1795722268", "hold b1 0123456789abcdef nil 1795722268"),
        ("optimize-backup_cancel_a_b_c_0123456789abcdef_1795722268_7", "cancel a_b_c 0123456789abcdef 1795722268 7"),
        ("optimize-backup_pause_nightly_3", "pause nightly nil nil 3"),
        ("optimize-backup_hold_a_b_3", "hold a_b nil nil 3"),
        // No hash in its place: of the first form.
        ("optimize-backup_hold_b1_0123456789ABCDEF_0_5", "hold b1_0123456789ABCDEF_0 nil nil 5"),
        ("optimize-backup_hold_b1_0123456789abcdef_99999999999999_5", "hold b1 0123456789abcdef 100000000000 5"),
    ])
    func isReadFromTheRight(text: String, fields: String) throws {
        let name = try #require(MarkerName(text))
        let expiry = name.expiry.map { "\($0.secondsSinceEpoch)" } ?? "nil"
        #expect("\(name.kind.rawValue) \(name.subject) \(name.owner ?? "nil") \(expiry) \(name.number)" == fields)
        if !text.contains("9999") { #expect(name.description == text) }
    }

    @Test(arguments: [
        "optimize-backup_hold", "optimize-backup_hold_b1", "optimize-backup_hold_b1_0", "optimize-backup_hold_b1_-1",
        "optimize-backup_other_b1_0123456789abcdef_0_5", "optimize-backup_hold__5", "nightly",
        "optimize-backup_hold__0123456789abcdef_0_5",
    ])
    func otherFormsAreNone(text: String) { #expect(MarkerName(text) == nil) }

    /// Markers by kind, subject and number, and what they come to.
    @Test(arguments: [
        (["hold b1 5"], true), (["hold b1 5", "release b1 6"], false), (["hold b1 6", "release b1 5"], true),
        // At equal numbers what protects counts.
        (["hold b1 5", "release b1 5"], true), (["hold b2 5"], false), (["release b1 5"], false),
        (["hold b1 5", "release b1 6", "hold b1 7"], true), (["hold b1 5", "hold b1 7", "release b1 6"], true),
    ])
    func aReleaseUndoesOlderHolds(texts: [String], isHeld: Bool) throws {
        let markers = Markers(try texts.map { try Self.marker($0) })
        #expect((markers.hold(of: BackupID(unchecked: "b1")) != nil) == isHeld)
    }

    /// A pause that is over tells since when backups are owed, unless a resume does.
    @Test(
        arguments: [
            (["pause nightly 5 until 100"], 50, true, nil), (["pause nightly 5 until 100"], 100, false, 100),
            (["pause nightly 5 until 100", "pause nightly 6"], 200, true, 100),
            (["pause nightly 5 until 100", "resume nightly 8"], 200, false, 8),
            (["resume nightly 3", "pause nightly 5 until 100"], 200, false, 100),
            (["pause nightly 5 until 100", "pause nightly 6 until 70"], 80, true, 70),
        ] as [([String], Int64, Bool, Int64?)])
    func aPauseMayEndByItself(texts: [String], now: Int64, isPaused: Bool, resumption: Int64?) throws {
        let markers = try texts.map { text in
            let words = text.split(separator: " ")
            let end = words.count > 4 ? Int64(words[4]).map { Instant(secondsSinceEpoch: $0) } : nil
            return try Self.marker(words[..<3].joined(separator: " "), until: end)
        }
        let all = Markers(markers, at: Instant(secondsSinceEpoch: now))
        #expect((all.pause(of: "nightly") != nil) == isPaused)
        #expect(all.resumption(of: "nightly")?.secondsSinceEpoch == resumption)
    }

    /// A pause that lasts as long as another needs no other.
    @Test func aLongerPauseCovers() throws {
        let (soon, late) = (Instant(secondsSinceEpoch: 100), Instant(secondsSinceEpoch: 200))
        let timed = Markers([try Self.marker("pause nightly 5", until: late)])
        #expect(timed.isPaused("nightly", until: soon) && timed.isPaused("nightly", until: late))
        #expect(!timed.isPaused("nightly", until: nil) && !timed.isPaused("nightly", until: late + .seconds(1)))
        #expect(Markers([try Self.marker("pause nightly 5")]).isPaused("nightly", until: nil))
        #expect(!timed.isPaused("weekly", until: soon))
    }

    /// One that can't be read stands by its name; another Optimize's is none of ours.
    @Test func whatCannotBeReadStands() throws {
        #expect(try Self.marker("hold b1 5").isReadable == false)
        let first = SnapshotEntry(name: "optimize-backup_hold_b1_1", uuid: "u", state: .success)
        #expect(Marker(first, nil, of: Self.owner) != nil)
        func read(_ metadata: JSONValue) -> Marker? {
            Marker(first, Snapshot(name: first.name, state: .success, metadata: metadata), of: Self.owner)
        }
        #expect(read(["cluster": "c", "prefix": "optimize", "reason": "x", "format": 9])?.reason == "x")
        #expect(read(["cluster": "c", "prefix": "other"]) == nil)
        #expect(read([:]) == nil)
        let other = BackupOwner(cluster: "d", prefix: "optimize")
        let name = MarkerName(.hold, "b1", owner: other.hash, expiry: nil, number: 5)
        #expect(Marker(SnapshotEntry(name: name.description, uuid: "u", state: .success), nil, of: Self.owner) == nil)
    }

    /// While clocks disagree nothing expires.
    @Test func expiresByItsName() throws {
        let end = Instant(secondsSinceEpoch: 1_800_000_000)
        let marker = try Self.marker("hold b1 5", until: end)
        #expect(marker.counts(at: end + .seconds(-1)))
        #expect(!marker.counts(at: end))
        #expect(marker.counts(at: nil))
    }

    /// Of several holds the one that lasts longest is told, so that nobody takes it for another's.
    @Test func theLongestHoldIsTold() throws {
        let (forever, later) = (
            try Self.marker("hold 7 1"), try Self.marker("hold 7 3", until: Instant(secondsSinceEpoch: 9))
        )
        let soon = try Self.marker("hold 7 4", until: Instant(secondsSinceEpoch: 8))
        let id = BackupID(unchecked: "7")
        #expect(Markers([forever, later, soon]).hold(of: id)?.name == forever.name)
        #expect(Markers([soon, later]).hold(of: id)?.name == later.name)
        #expect(Markers([forever, try Self.marker("hold 7 2")]).hold(of: id)?.name.number == 2)
        #expect(Markers([forever, later, try Self.marker("release 7 2")]).hold(of: id)?.name == later.name)
        #expect(Markers([forever, try Self.marker("release 7 2")]).hold(of: id) == nil)
    }

    private static func marker(_ text: String, until: Instant? = nil) throws -> Marker {
        let fields = text.split(separator: " ").map(String.init)
        let kind = try #require(MarkerName.Kind(rawValue: fields[0]))
        let name = MarkerName(kind, fields[1], owner: owner.hash, expiry: until, number: try #require(Int64(fields[2])))
        let entry = SnapshotEntry(name: name.description, uuid: SnapshotUUID(text), state: .success)
        return try #require(Marker(entry, nil, of: owner))
    }
}

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

    private static func marker(_ text: String, until: Instant? = nil) throws -> Marker {
        let fields = text.split(separator: " ").map(String.init)
        let kind = try #require(MarkerName.Kind(rawValue: fields[0]))
        let name = MarkerName(kind, fields[1], owner: owner.hash, expiry: until, number: try #require(Int64(fields[2])))
        let entry = SnapshotEntry(name: name.description, uuid: SnapshotUUID(text), state: .success)
        return try #require(Marker(entry, nil, of: owner))
    }
}

import ElasticsearchClient
import JSON
import Testing
import Time

@testable import Backups

/// The merge of listings, memory and details.
@Suite(.timeLimit(.minutes(10)))
struct KnownSnapshotsTests {
    private static func entry(
        _ id: String, _ part: Int = 1, uuid: SnapshotUUID? = nil, _ state: Snapshot.State = .success
    ) -> SnapshotEntry {
        let name = SnapshotName(id: BackupID(unchecked: id), version: "8", part: part).description
        return SnapshotEntry(name: name, uuid: uuid ?? SnapshotUUID("\(id)-\(part)"), state: state)
    }

    private static func details(_ entry: SnapshotEntry) -> Snapshot {
        let metadata: JSONValue = [
            "format": 1, "createdBy": "optimize-backup/1", "instance": "h", "cluster": "c", "prefix": "optimize",
        ]
        return Snapshot(
            name: entry.name, uuid: entry.uuid, state: entry.state, indices: ["b", "a"], metadata: metadata)
    }

    private static func known(_ entries: SnapshotEntry...) -> KnownSnapshots {
        var known = KnownSnapshots()
        known.take(entries)
        known.record(entries.map(details), at: .zero)
        return known
    }

    @Test func whatWasReadIsNotAskedAgain() {
        var known = Self.known(Self.entry("1"), Self.entry("2"))
        known.take([Self.entry("1"), Self.entry("2"), Self.entry("20270101000000"), Self.entry("20270102000000")])
        #expect(known.unread.map(\.uuid) == ["20270102000000-1", "20270101000000-1"])
        #expect(known.parts.count == 2 && known.pendingCount == 2)
        #expect(known.parts.first?.indices == ["a", "b"] && known.parts.first?.snapshot.metadata == nil)
    }

    /// All that was good is gone: a lost repository, unless something of before, or something new, tells that it is still the same.
    @Test func aDeletedLastBackupIsNoLoss() {
        var known = Self.known(Self.entry("1"), Self.entry("1", 2), Self.entry("2", 1))
        known.good.record([
            Backup(
                id: BackupID(unchecked: "1"), parts: known.parts.filter { $0.name.id.description == "1" },
                now: Instant(secondsSinceEpoch: 0), takeUpWithin: .zero)
        ])
        #expect(known.loses([]))
        #expect(!known.loses([Self.entry("2", 1)]), "what stood beside it still stands")
        let others = [Self.entry("3"), Self.entry("4")]
        #expect(known.loses(others))
        known.good.record(lossIn: others)
        #expect(known.loses(others) && known.loses([Self.entry("3")]))
        #expect(!known.loses(others + [Self.entry("5")]), "somebody goes on with it")
    }

    @Test func anotherUUIDIsAnotherSnapshot() {
        var known = Self.known(Self.entry("1"))
        known.take([Self.entry("1", uuid: "new")])
        #expect(known.unread.map(\.uuid) == ["new"] && known.parts.isEmpty)
    }

    @Test func whatRunsIsReadAgainUntilItHasEnded() {
        var known = Self.known(Self.entry("1", 1, uuid: "1-1", .inProgress))
        #expect(known.unread.count == 1 && known.pendingCount == 0)
        known.take([Self.entry("1")])
        #expect(known.unread.count == 1)
        known.record([Self.details(Self.entry("1"))], at: .zero)
        #expect(known.unread.isEmpty)
    }

    /// An answer that was long on its way says nothing about what has ended since.
    @Test func whatHasEndedDoesNotRunAgain() {
        let running = Self.entry("1", 1, uuid: "1-1", .inProgress)
        var known = Self.known(running)
        known.take([Self.entry("1")])
        known.record([Self.details(Self.entry("1"))], at: .seconds(1))
        known.record([Self.details(running)], at: .seconds(2))
        #expect(known.unread.isEmpty && known.parts.first?.state == .success)
    }

    /// What was read of it is remembered, and it heals.
    @Test func whatCannotBeReadAnyMoreIsRemembered() throws {
        let entry = Self.entry("1")
        var known = Self.known(entry)
        known.record(unreadable: [entry], at: .seconds(1))
        let part = try #require(known.parts.first)
        #expect(part.state == .unreadable && part.metadata?.owner.cluster == "c")
        #expect(known.unreadable == [entry])
        known.record([Self.details(entry)], at: .seconds(2))
        #expect(known.parts.first?.state == .success && known.unreadable.isEmpty)
    }

    /// Two looks at once: the answer to the older question says nothing about what the younger one read.
    @Test func anOldFailureDoesNotOutliveAYoungerReading() {
        let entry = Self.entry("1")
        var known = Self.known(entry)
        known.record([Self.details(entry)], at: .seconds(5))
        known.record(unreadable: [entry], at: .seconds(4))
        #expect(known.unreadable.isEmpty)
    }

    @Test func whatCouldNeverBeReadHasNoOwner() throws {
        var known = KnownSnapshots()
        known.take([Self.entry("1")])
        known.record(unreadable: [Self.entry("1")], at: .zero)
        let part = try #require(known.parts.first)
        #expect(part.isUnreadable && part.metadata == nil)
        #expect(BackupState(of: [part], now: Instant(secondsSinceEpoch: 0), takeUpWithin: .zero) == .failed)
    }

    /// All that was good is gone: lost, unless this program was about to delete it.
    @Test func goodNamesThatVanishAreMissed() {
        let entries = [Self.entry("1"), Self.entry("1", 2), Self.entry("2"), Self.entry("2", 2)]
        var known = KnownSnapshots()
        known.take(entries)
        known.record(entries.map(Self.details), at: .zero)
        known.good.record(
            ["1", "2"].map { id in
                Backup(
                    id: BackupID(unchecked: id), parts: known.parts.filter { $0.name.id.description == id },
                    now: Instant(secondsSinceEpoch: 0), takeUpWithin: .zero)
            })
        #expect(known.loses([]))
        #expect(known.loses([Self.entry("3")]))
        #expect(!known.loses([Self.entry("2", 2)]))
        known.recordDoomed(entries.map(\.name))
        #expect(!known.loses([]))
    }

    /// Names are made from what was read, or wait beside it: none of the listing may be left out.
    @Test func theListingComesBackAsItWas() {
        let marker = SnapshotEntry(name: "optimize-backup_hold_b1_1", uuid: "m", state: .success)
        let stranger = SnapshotEntry(name: "camunda_optimize_odd", uuid: "s", state: .success)
        let listing = [Self.entry("1"), Self.entry("2", 2, .inProgress), marker, Self.entry("3"), stranger]
        var known = KnownSnapshots()
        known.take(listing)
        #expect(known.entries == listing)
        known.record([Self.details(listing[0]), Self.details(listing[1]), Self.details(stranger)], at: .seconds(1))
        #expect(known.entries == listing)
        known.record(unreadable: [listing[3], marker], at: .seconds(2))
        #expect(known.entries == listing)
        known.take(listing.reversed())
        #expect(known.entries == listing.reversed())
        known.take(Array(listing.dropFirst(2)))
        #expect(known.entries == Array(listing.dropFirst(2)))
        known.take(listing)
        #expect(known.entries == listing && known.unread.count == 2)
    }

    /// Blobs rot: each is read again within a day's looks, and always one.
    @Test func rereadsAreSpreadOverADay() {
        var known = KnownSnapshots()
        let entries = (0..<100).map { Self.entry("\($0)") }
        known.take(entries)
        for (number, entry) in entries.enumerated() { known.record([Self.details(entry)], at: .seconds(number)) }
        #expect(known.rereads(after: .seconds(30), newestGood: nil).map(\.uuid) == ["0-1"])
        #expect(known.rereads(after: .seconds(30), newestGood: "7-1").map(\.uuid) == ["7-1"])
        #expect(
            known.rereads(after: .seconds(7_200), newestGood: nil).map(\.uuid)
                == (0..<10).map { SnapshotUUID("\($0)-1") })
    }
}

import Foundation
import Scheduling
import Testing
import Time

/// What the fuzzers begin with, and what they have found: read without a crash.
@Suite(.timeLimit(.minutes(10)))
struct CorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Fuzzing/corpus")

    private static func files(_ name: String) throws -> [[UInt8]] {
        try FileManager.default.contentsOfDirectory(at: folder.appending(path: name), includingPropertiesForKeys: nil)
            .map { [UInt8](try Data(contentsOf: $0)) }
    }

    @Test func schedulesAreReadOrRefused() throws {
        let schedules = try Self.files("schedule").compactMap { try? Schedule(String(decoding: $0, as: UTF8.self)) }
        #expect(schedules.count >= 14)
        for schedule in schedules {
            let start = Instant(secondsSinceEpoch: 1_800_000_000)
            #expect(schedule.next(after: start, in: .utc).map { $0.time > start } == true, "\(schedule)")
        }
    }

    @Test func zonesAreReadOrRefused() throws {
        let zones = try Self.files("zone").compactMap { try? Zone(name: "x", tzif: $0) }
        #expect(zones.count >= 5)
        for zone in zones { #expect(zone.span(at: 1_800_000_000).start <= 1_800_000_000) }
    }
}

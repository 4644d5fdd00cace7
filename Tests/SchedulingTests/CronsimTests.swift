import Foundation
import Scheduling
import TestSupport
import Testing
import Time

/// Five fields, against cronsim, which follows Debian's cron.
@Suite(.timeLimit(.minutes(10)))
struct CronsimTests {
    @Test func firesAsCronsimDoes() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let python = folder.appending(path: "../../.build/python").path
        var environment = ownEnvironment()
        environment["PYTHONPATH"] = python
        let ending = try run(
            "python3", folder.appending(path: "cronsim_cases.py").path, environment: environment)
        try #require(ending.status == 0, "scripts/install-dependencies brings cronsim: \(ending.errors)")
        var zones = ["UTC": Zone.utc]
        var count = 0
        for line in ending.output.split(separator: "\n") {
            let fields = line.split(separator: "\t").map(String.init)
            let zone = try zones[fields[0]] ?? Zone.load(fields[0])
            zones[fields[0]] = zone
            let schedule = try Schedule(fields[1])
            let times = fields[2].split(separator: " ").compactMap { Int64($0) }
            var instant = Instant(secondsSinceEpoch: times[0])
            var found: [Int64] = []
            for _ in times.dropFirst() {
                instant = try #require(schedule.next(after: instant, in: zone)).time
                found.append(instant.secondsSinceEpoch)
            }
            #expect(found == Array(times.dropFirst()), "\(fields[1]) in \(fields[0]) from \(times[0])")
            count += 1
        }
        #expect(count == 2_000)
    }
}

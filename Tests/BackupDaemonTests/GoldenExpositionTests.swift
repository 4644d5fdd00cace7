import ElasticsearchClient
import Foundation
import PrometheusExposition
import Testing
import Time

@testable import BackupDaemon
@testable import Backups
@testable import Retention

/// The whole exposition of a daemon that has lived through something, as others read it: `scripts/test` gives these files to promtool and
/// to the OpenMetrics parser of prometheus_client.
@Suite(.timeLimit(.minutes(10)))
struct GoldenExpositionTests {
    @Test(arguments: [(ExpositionFormat.text, "metrics.txt"), (.openMetrics, "metrics.openmetrics")])
    func isAsItWas(format: ExpositionFormat, file: String) throws {
        let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(file)")
        let text = format.exposition(of: StandingMetrics(try standing()).families)
        let before = try String(contentsOf: golden, encoding: .utf8)
        if text != before {
            let place = FileManager.default.temporaryDirectory.appending(path: file)
            try text.write(to: place, atomically: true, encoding: .utf8)
            Issue.record(
                "the exposition has changed: compare \(place.path) with \(golden.path), and copy it if it is meant")
        }
    }

    /// A row that shows nothing would be in no golden file.
    @Test func everyRowShowsSomething() throws {
        let families = StandingMetrics(try standing()).families
        #expect(families.filter(\.series.isEmpty).map(\.name) == [])
    }

    private func standing() throws -> Standing {
        var scene = try StandingAtNight()
        let good = [("15", 90), ("14", 30), ("13", 60), ("12", 20)].map { day, seconds in
            backup("2027-01-\(day)T02:00:00Z", seconds: seconds).sized(seconds * 1_000)
        }
        let other = backup("2027-01-11T04:00:00Z", of: ["weekly"], .failed)
        let markers =
            [marker(.pause, "weekly"), marker(.hold, good[1].id.description), marker(.restored, "7")]
            + [marker(.verify, "nightly")]
        let due = time("2027-01-15T02:00:00Z")
        scene.take(
            looked(good + [other], markers: markers), .coverageRead(uncovered: 1),
            .indicesCompared(lost: [Lost(name: "a", holder: "1", since: due)]),
            .retrying(
                BackupError(.engineUnreachable, "away"), jobs: ["nightly"], due: due, attempt: 1, delay: .seconds(30)),
            .step(BackupEvent(id: good[0].id, .partStarted(part: 1, snapshot: "s", indices: 2)), jobs: ["nightly"]),
            .step(
                BackupEvent(id: good[0].id, .partCompleted(part: 1, snapshot: good[0].parts[0].snapshot)),
                jobs: ["nightly"]),
            .step(BackupEvent(id: good[0].id, .completed(good[0])), jobs: ["nightly"]),
            .sizeRead(job: "nightly", Backup.Size(total: 1_234_567_890, incremental: 12_345)),
            .succeeded(good[0], jobs: ["nightly"], due: due, counting: ["nightly"]),
            .failed(BackupError(.noIndices, "none"), nil, jobs: [], due: nil, counting: [""]),
            .verificationSkipped(job: "nightly", .drill, due: due, BackupError(.tooLate, "no room")),
            .missed(job: "weekly", FireTimes(time("2027-01-11T04:00:00Z"))),
            .pruned(
                Pruning.Report(removed: [
                    RetentionDecision(
                        candidate: Candidate(
                            id: "1", time: time("2027-01-01T00:00:00Z"), startTime: nil, state: .completed,
                            kind: "COMPLETED", jobs: ["nightly"], isOurs: true, hold: nil),
                        keeps: false, reasons: [.olderThanExpireAfter])
                ]), jobs: ["nightly", "weekly"]),
            .step(
                BackupEvent(id: BackupID(of: "2027-01-15T02:05:00Z"), .partStarted(part: 2, snapshot: "s", indices: 2)),
                jobs: ["weekly"]),
            .reloadRefused(reason: "line 3"))
        return scene.at("2027-01-15T02:10:00Z")
    }
}

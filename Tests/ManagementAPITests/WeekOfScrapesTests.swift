import BackupDaemon
import Configuration
import HTTP
import ManagementAPI
import PrometheusExposition
import Retention
import Scheduling
import SimulatedEngine
import Simulation
import TestSupport
import Testing
import Time

/// Prometheus' own tools accept whatever a daemon shows.
@Suite(.timeLimit(.minutes(10)))
struct WeekOfScrapesTests {
    /// What happens in which hour of the week.
    private static let troubles: [Int: @Sendable (inout EngineState, inout Reads) -> Void] = [
        0: { state, _ in state.indices["optimize-report_v6"] = EngineState.Index() },
        20: { state, _ in state.repositories["backups"]?.storage = .full },
        30: { state, _ in state.repositories["backups"]?.storage = .working },
        45: { _, reads in reads.lackMaster = true },
        52: { _, reads in reads.lackMaster = false },
        70: { state, _ in state.nextSnapshot.outcome = .partial },
        71: { state, _ in state.nextSnapshot.outcome = .success },
        80: { state, _ in state.nextSnapshot = (.seconds(5_400), .success) },
        81: { state, _ in state.nextSnapshot = (.seconds(2), .success) },
        110: { state, _ in state.indices["optimize-report_v6"] = nil },
        130: { state, _ in state.repositories["backups"]?.snapshots.removeAll() },
        140: { state, _ in state.repositories["backups"] = nil },
        150: { state, _ in state.repositories["backups"] = EngineState.Repository() },
    ]

    @Test func eachIsAcceptedInAWeekOfFaults() throws {
        let hourly = try JobSettings(name: "hourly", schedule: Schedule("0 * * * *")).keeping(5)
        let nightly = try JobSettings(name: "nightly", schedule: Schedule("30 2 * * *")).keeping(2)
        let scrapes = Shared<[(name: String, text: String)]>([])
        let report = simulate(seed: 5) { world in
            let reads = Shared(Reads())
            // A restart in the middle, and a reload that leaves a job out.
            for (life, jobs) in [(0, [hourly, nightly]), (1, [hourly, nightly]), (2, [hourly])] {
                await withAPI(world, jobs: jobs, deletesTake: .milliseconds(10), reads: reads) { api, instance in
                    for hour in life * 56..<(life + 1) * 56 {
                        if let trouble = Self.troubles[hour] {
                            world.engine.withState { state in reads.change { trouble(&state, &$0) } }
                        }
                        if hour == 60 || hour == 66 {
                            let order = hour == 60 ? "pause" : "resume"
                            _ = await api.respond(to: HTTPRequest(.post, "/actuator/jobs/nightly/\(order)"))
                        }
                        try? await instance.sleep(for: .seconds(3_600))
                        for format in [ExpositionFormat.text, .openMetrics] {
                            let answer = await api.respond(
                                to: HTTPRequest(.get, "/metrics", fields: ["Accept": format.contentType]))
                            let name = "\(hour).\(format == .text ? "txt" : "openmetrics")"
                            scrapes.change { $0.append((name, String(decoding: answer.body, as: UTF8.self))) }
                        }
                    }
                }
            }
        }
        #expect(report.broken.isEmpty, "\(report.broken)")
        let all = scrapes.change { $0 }
        #expect(all.count == 336 && Set(all.map(\.text)).count > 300)
        // What went wrong was there to be seen.
        for sign in [
            "engine_up 0", "repository_up 0", #"job_paused{backup_job="nightly"} 1"#, "vanished_indices 1",
            #"state="FAILED"} 1"#, #"outcome="failed"} 1"#, #"in_progress{backup_job="hourly"} 1"#,
        ] { #expect(all.contains { $0.text.contains(sign) }, "\(sign)") }
        #expect(!all.suffix(100).contains { $0.text.contains("nightly") })
        try withTemporaryFolder { folder in
            for scrape in all { try write(scrape.text, toFile: "\(folder)/\(scrape.name)") }
            let check = try run("bash", "-c", "\(repositoryFolder)/scripts/check-metrics \(folder)/*")
            #expect(check.status == 0, "\(check.errors.suffix(2_000))")
        }
    }
}

extension JobSettings {
    fileprivate func keeping(_ count: Int) -> JobSettings {
        var job = self
        job.retention = RetentionPolicy(keepLast: count)
        return job
    }
}

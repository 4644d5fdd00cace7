internal import BackupDaemon
internal import Backups
internal import ElasticsearchClient
internal import PrometheusExposition
internal import Synchronization
internal import Time

/// Counts what a client tells of its exchanges with the engine, and tells it on.
final class EngineMetrics: Sendable {
    struct Counts {
        var requests = CounterSet()
        /// Seconds; deletes may queue for an hour.
        var durations = HistogramSet(bounds: [0.005, 0.02, 0.1, 0.5, 2, 10, 30, 120, 600, 3_600])
    }

    private let counts: Mutex<Counts>
    private let clock: any Clock
    private let journal: SharedJournal

    init(_ clock: any Clock, _ journal: SharedJournal) {
        var counts = Counts()
        for operation in EngineOperation.allCases {
            counts.requests.add(0, operation.rawValue, "success")
        }
        self.counts = Mutex(counts)
        self.clock = clock
        self.journal = journal
    }

    func take(_ event: EngineEvent) {
        SerialQueue.showLife()
        if case .ended(let operation, let error, let duration) = event {
            counts.withLock {
                $0.requests.add(1, operation.rawValue, error?.rawValue ?? "success")
                $0.durations.observe(duration.seconds, operation.rawValue)
            }
        }
        journal.take(DaemonEvent(.engine(event), at: clock.now()))
    }

    var families: [MetricFamily] {
        let counts = counts.withLock { $0 }
        return Self.rows.map { $0.family(of: counts) }
    }

    static let rows: [Metric<Counts>] = [
        Metric(
            counter: "optimize_backup_engine_requests", "Requests to the engine, by what came of them.",
            labels: ["operation", MetricLabel("outcome", "success, or an error's code")]
        ) { $0.requests.series },
        Metric(
            histogram: "optimize_backup_engine_request_duration_seconds",
            "From a request to the engine to its answer.", labels: ["operation"]
        ) { $0.durations.series },
    ]
}

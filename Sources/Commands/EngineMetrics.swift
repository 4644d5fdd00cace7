internal import BackupDaemon
internal import ElasticsearchClient
internal import PrometheusExposition
internal import Synchronization
internal import Time

/// Counts and logs what a client tells of its exchanges with the engine.
final class EngineMetrics: Sendable {
    private struct Counts {
        var requests = CounterSet()
        /// Seconds; deletes may queue for an hour.
        var durations = HistogramSet(bounds: [0.005, 0.02, 0.1, 0.5, 2, 10, 30, 120, 600, 3_600])
        /// How often an operation has been asked again since it last succeeded.
        var repetitions: [EngineOperation: Int] = [:]
    }

    private let counts: Mutex<Counts>
    private let log: LogSink

    init(log: @escaping LogSink) {
        var counts = Counts()
        for operation in EngineOperation.allCases {
            counts.requests.add(0, ["operation": operation.rawValue, "outcome": "success"])
        }
        self.counts = Mutex(counts)
        self.log = log
    }

    func note(_ event: EngineEvent) {
        switch event {
        case .ended(let operation, let error, let duration):
            counts.withLock {
                if error == nil { $0.repetitions[operation] = nil }
                $0.requests.add(1, ["operation": operation.rawValue, "outcome": error?.rawValue ?? "success"])
                $0.durations.observe(duration.seconds, ["operation": operation.rawValue])
            }
        case .retrying(let operation, let error, let delay):
            let count = counts.withLock { counts in
                counts.repetitions[operation, default: 0] += 1
                return counts.repetitions[operation] ?? 1
            }
            // An engine that is away for hours is told of ever more rarely.
            guard count & (count - 1) == 0 else { return }
            let times = count == 1 ? "failed" : "has failed \(count) times"
            log(
                LogEntry(
                    .engineTrouble, .warning,
                    "\(operation.rawValue) \(times) and is asked again in \((delay.seconds * 1_000).rounded() / 1_000) s: \(error)",
                    error.fields))
        }
    }

    var families: [MetricFamily] {
        let counts = counts.withLock { $0 }
        return [
            .counter(
                "optimize_backup_engine_requests", "Requests to the engine, by what came of them.",
                counts.requests.series),
            .histogram(
                "optimize_backup_engine_request_duration_seconds", "From a request to the engine to its answer.",
                counts.durations.series),
        ]
    }
}

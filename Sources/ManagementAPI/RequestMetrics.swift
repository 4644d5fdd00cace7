internal import HTTP
internal import PrometheusExposition
internal import Synchronization
internal import Time

/// How long requests took, by route.
final class RequestMetrics: Sendable {
    /// Seconds.
    private let durations = Mutex(HistogramSet(bounds: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60]))

    func record(_ route: String, _ method: HTTPRequest.Method, status: Int, duration: Duration) {
        durations.withLock { $0.observe(duration.seconds, route, method.rawValue, "\(status)") }
    }

    var families: [MetricFamily] {
        let durations = durations.withLock { $0 }
        return Self.rows.map { $0.family(of: durations) }
    }

    static let rows: [Metric<HistogramSet>] = [
        Metric(
            histogram: "optimize_backup_http_request_duration_seconds", "From a request to its answer.",
            labels: [MetricLabel("route", "an endpoint's path, or none"), "method", "status"]
        ) { $0.series }
    ]
}

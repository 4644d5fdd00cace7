internal import HTTP
internal import PrometheusExposition
internal import Synchronization
internal import Time

/// How long requests took, by route.
final class RequestMetrics: Sendable {
    /// Seconds.
    private let durations = Mutex(HistogramSet(bounds: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60]))

    func record(_ route: String, _ method: HTTPRequest.Method, status: Int, duration: Duration) {
        durations.withLock {
            $0.observe(duration.seconds, ["route": route, "method": method.rawValue, "status": "\(status)"])
        }
    }

    var family: MetricFamily {
        .histogram(
            "optimize_backup_http_request_duration_seconds", "From a request to its answer.",
            durations.withLock { $0.series })
    }
}

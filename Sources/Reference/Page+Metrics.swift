internal import Commands
internal import PrometheusExposition

extension Page {
    static var metrics: Page {
        Page(
            markdown: "docs/metrics.md",
            from: [
                "Sources/BackupDaemon/StandingMetrics.swift", "Sources/ManagementAPI/RequestMetrics.swift",
                "Sources/Commands/EngineMetrics.swift", "Sources/Commands/ProcessMetrics.swift",
            ],
            [
                "# Metrics",
                wrapped(
                    """
                    `GET /metrics`, or `/actuator/prometheus`: Prometheus' text format 0.0.4, or OpenMetrics 1.0 by `Accept`; gzip by \
                    `Accept-Encoding`. A scrape asks the engine nothing: it shows the last look, and starts another, for the next answer, \
                    if that is older than 30 seconds. `Age` says how many seconds old it is.
                    """),
                wrapped(
                    """
                    The label `backup_job` has a job's name, since `job` is Prometheus' own; it is empty for what was taken by hand. Every \
                    series of a configured job exists from the start, but what only the repository can tell: that is absent until the \
                    first look at it has succeeded, and then read back, so that a restart loses nothing. There are timestamps, and no \
                    ages: `time() - optimize_backup_last_success_timestamp_seconds` is one.
                    """),
                table(
                    ["metric", "type", "unit", "labels", "what it tells"],
                    Program.metrics.map { metric in
                        [
                            code(metric.seriesName), metric.kind.rawValue, metric.unit ?? "", labels(of: metric),
                            metric.remark.isEmpty ? metric.help : "\(metric.help) \(metric.remark)",
                        ]
                    }),
                wrapped(
                    """
                    A histogram has the series `_bucket`, with a label `le`, `_sum` and `_count`. An info is a gauge of 1 whose labels \
                    tell something.
                    """),
            ])
    }

    private static func labels(of metric: MetricDeclaration) -> String {
        metric.labels.map { $0.meaning.isEmpty ? code($0.name) : "\(code($0.name)) (\($0.meaning))" }
            .joined(separator: ", ")
    }
}

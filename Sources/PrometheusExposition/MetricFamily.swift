/// A metric with all of its series, as a scrape shows it.
package struct MetricFamily: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
        /// A gauge of constant 1 whose labels tell something; OpenMetrics knows it by name.
        case info
    }

    /// Without the suffixes `_total`, `_info`, `_bucket`, `_sum` and `_count`.
    package let name: String
    package let kind: Kind
    package let help: String
    package let series: [Series]

    package struct Series: Sendable, Equatable {
        package let labels: Labels
        package let value: Value
    }

    package enum Value: Sendable, Equatable {
        case number(Double)
        case histogram(Histogram)
    }

    private init(_ name: String, _ kind: Kind, _ help: String, _ series: [(Labels, Value)]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.series = series.map { Series(labels: $0, value: $1) }
    }

    package static func gauge(_ name: String, _ help: String, _ series: [(Labels, Double)]) -> MetricFamily {
        MetricFamily(name, .gauge, help, series.map { ($0, .number($1)) })
    }

    /// - Parameter name: without `_total`.
    package static func counter(_ name: String, _ help: String, _ series: [(Labels, Double)]) -> MetricFamily {
        MetricFamily(name, .counter, help, series.map { ($0, .number($1)) })
    }

    /// - Parameter name: without `_info`.
    package static func info(_ name: String, _ help: String, _ labels: [Labels]) -> MetricFamily {
        MetricFamily(name, .info, help, labels.map { ($0, .number(1)) })
    }

    package static func histogram(_ name: String, _ help: String, _ series: [(Labels, Histogram)]) -> MetricFamily {
        MetricFamily(name, .histogram, help, series.map { ($0, .histogram($1)) })
    }
}

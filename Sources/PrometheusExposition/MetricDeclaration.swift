/// What a metric is: its name, what it tells, and by which labels; scrape and manual are made from it.
package struct MetricDeclaration: Sendable, Equatable {
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
    package let labels: [MetricLabel]
    /// What the manual says beyond the help.
    package let remark: String

    /// As Prometheus has it: the last word of the name, if that is a unit.
    package var unit: String? {
        name.hasSuffix("_timestamp_seconds")
            ? "seconds since 1970" : ["seconds", "bytes", "ratio"].first { name.hasSuffix("_\($0)") }
    }

    /// The name by which queries know its series.
    package var seriesName: String {
        switch kind {
        case .counter: "\(name)_total"
        case .info: "\(name)_info"
        case .gauge, .histogram: name
        }
    }
}

/// A label of a metric.
package struct MetricLabel: Sendable, Equatable, ExpressibleByStringLiteral {
    package let name: String
    /// Its values, in words; empty where the name says it all.
    package let meaning: String

    package init(_ name: String, _ meaning: String) {
        self.name = name
        self.meaning = meaning
    }

    package init(stringLiteral name: String) { self.init(name, "") }
}

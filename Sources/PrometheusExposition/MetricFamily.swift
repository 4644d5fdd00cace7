/// A metric with all of its series, as a scrape shows it.
package struct MetricFamily: Sendable, Equatable {
    package let declaration: MetricDeclaration
    package let series: [Series]

    package struct Series: Sendable, Equatable {
        package let labels: Labels
        package let value: Value
    }

    package enum Value: Sendable, Equatable {
        case number(Double)
        case histogram(Histogram)
    }

    /// Made by the rows of `Metric` alone.
    init(declaration: MetricDeclaration, series: [Series]) {
        self.declaration = declaration
        self.series = series
    }

    /// Without the suffixes `_total`, `_info`, `_bucket`, `_sum` and `_count`.
    package var name: String { declaration.name }
}

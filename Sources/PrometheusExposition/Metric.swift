/// A metric in one row: what it is, and how its series are read off what it tells of.
///
/// Label values stand in the order of the declared labels, so that their names are said once. A family is made by a row only.
package struct Metric<Subject>: Sendable {
    package typealias Numbers = [(labelValues: [String], value: Double)]
    package typealias Histograms = [(labelValues: [String], value: Histogram)]

    package let declaration: MetricDeclaration
    private let series: @Sendable (Subject) -> [(labelValues: [String], value: MetricFamily.Value)]

    private init(
        _ kind: MetricDeclaration.Kind, _ name: String, _ help: String, _ labels: [MetricLabel], _ remark: String,
        _ series: @escaping @Sendable (Subject) -> [(labelValues: [String], value: MetricFamily.Value)]
    ) {
        declaration = MetricDeclaration(name: name, kind: kind, help: help, labels: labels, remark: remark)
        self.series = series
    }

    /// - Parameter name: without `_total`.
    package init(
        counter name: String, _ help: String, labels: [MetricLabel] = [], remark: String = "",
        _ series: @escaping @Sendable (Subject) -> Numbers
    ) {
        self.init(.counter, name, help, labels, remark) { series($0).map { ($0, .number($1)) } }
    }

    package init(
        gauge name: String, _ help: String, labels: [MetricLabel], remark: String = "",
        _ series: @escaping @Sendable (Subject) -> Numbers
    ) {
        self.init(.gauge, name, help, labels, remark) { series($0).map { ($0, .number($1)) } }
    }

    /// A gauge without labels; nil for none.
    package init(
        gauge name: String, _ help: String, remark: String = "", _ value: @escaping @Sendable (Subject) -> Double?
    ) {
        self.init(gauge: name, help, labels: [], remark: remark) { value($0).map { [([], $0)] } ?? [] }
    }

    /// - Parameters:
    ///   - name: without `_info`.
    ///   - labelValues: nil while nothing is known.
    package init(
        info name: String, _ help: String, labels: [MetricLabel], remark: String = "",
        _ labelValues: @escaping @Sendable (Subject) -> [String]?
    ) {
        self.init(.info, name, help, labels, remark) { labelValues($0).map { [($0, .number(1))] } ?? [] }
    }

    package init(
        histogram name: String, _ help: String, labels: [MetricLabel], remark: String = "",
        _ series: @escaping @Sendable (Subject) -> Histograms
    ) {
        self.init(.histogram, name, help, labels, remark) { series($0).map { ($0, .histogram($1)) } }
    }

    /// The metric with all of its series.
    package func family(of subject: Subject) -> MetricFamily {
        let names = declaration.labels.map(\.name)
        return MetricFamily(
            declaration: declaration,
            series: series(subject).map { MetricFamily.Series(labels: Labels(names, $0.labelValues), value: $0.value) })
    }
}

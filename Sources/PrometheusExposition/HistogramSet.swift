/// The series of one histogram.
package struct HistogramSet: Sendable {
    /// Ascending, without +Inf.
    private let bounds: [Double]
    private var histograms: [Labels: Histogram] = [:]

    package init(bounds: [Double]) {
        self.bounds = bounds
    }

    package mutating func observe(_ value: Double, _ labels: Labels) {
        histograms[labels, default: Histogram(bounds: bounds)].observe(value)
    }

    /// Sorted by labels.
    package var series: [(Labels, Histogram)] {
        histograms.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

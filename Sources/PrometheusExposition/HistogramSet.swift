/// The series of one histogram, by the values of its labels.
package struct HistogramSet: Sendable {
    /// Ascending, without +Inf.
    private let bounds: [Double]
    private var histograms: [[String]: Histogram] = [:]

    package init(bounds: [Double]) {
        self.bounds = bounds
    }

    package mutating func observe(_ value: Double, _ labelValues: String...) {
        histograms[labelValues, default: Histogram(bounds: bounds)].observe(value)
    }

    /// Sorted by labels.
    package var series: [(labelValues: [String], value: Histogram)] {
        histograms.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
    }
}

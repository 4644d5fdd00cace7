/// The series of one counter, by the values of its labels.
package struct CounterSet: Sendable {
    private var values: [[String]: Double] = [:]

    package init() {}

    /// Adds to a series; with 0 it makes the series exist.
    package mutating func add(_ amount: Double = 1, _ labelValues: String...) {
        values[labelValues, default: 0] += amount
    }

    /// Forgets all other series.
    package mutating func keep(_ stays: (_ labelValues: [String]) -> Bool) {
        values = values.filter { stays($0.key) }
    }

    /// Sorted by labels.
    package var series: [(labelValues: [String], value: Double)] {
        values.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
    }
}

/// The series of one counter.
package struct CounterSet: Sendable {
    private var values: [Labels: Double] = [:]

    package init() {}

    /// Adds to a series; with 0 it makes the series exist.
    package mutating func add(_ amount: Double = 1, _ labels: Labels) {
        values[labels, default: 0] += amount
    }

    /// Forgets all other series.
    package mutating func keep(_ stays: (Labels) -> Bool) {
        values = values.filter { stays($0.key) }
    }

    package subscript(labels: Labels) -> Double { values[labels] ?? 0 }

    /// Sorted by labels.
    package var series: [(Labels, Double)] {
        values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

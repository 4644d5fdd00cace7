/// Observations counted by upper bounds.
package struct Histogram: Sendable, Equatable {
    /// Ascending, without +Inf.
    package let bounds: [Double]
    /// One count for each bound and one for what lies above, not cumulated.
    package private(set) var counts: [UInt64]
    package private(set) var sum = 0.0

    package init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    package mutating func observe(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    /// Writes its lines.
    ///
    /// - Parameter name: of the metric, without suffixes.
    func write(_ name: String, _ labels: Labels, to text: inout String) {
        let prefix = "\(name)_bucket\(labels.pairs.isEmpty ? "{" : labels.open + ",")le=\""
        var cumulated: UInt64 = 0
        for (bound, count) in zip(bounds + [.infinity], counts) {
            cumulated += count
            text += prefix
            text += number(bound)
            text += "\"} "
            text += String(cumulated)
            text += "\n"
        }
        let whole = labels.text
        text += "\(name)_sum\(whole) \(number(sum))\n\(name)_count\(whole) \(cumulated)\n"
    }
}

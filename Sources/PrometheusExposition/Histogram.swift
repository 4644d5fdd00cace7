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

    func samples(_ labels: Labels) -> [MetricFamily.Sample] {
        var cumulated: UInt64 = 0
        var samples: [MetricFamily.Sample] = []
        for (bound, count) in zip(bounds + [.infinity], counts) {
            cumulated += count
            samples.append(
                .init(suffix: "_bucket", labels: labels.adding("le", number(bound)), value: Double(cumulated)))
        }
        samples.append(.init(suffix: "_sum", labels: labels, value: sum))
        samples.append(.init(suffix: "_count", labels: labels, value: Double(cumulated)))
        return samples
    }
}

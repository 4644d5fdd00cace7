/// A point on the wall clock, in UTC, to the microsecond.
///
/// Arithmetic saturates at ±292,000 years instead of trapping, because instants also come from other programs' answers.
package struct Instant: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z; leap seconds are not counted, as in POSIX.
    package let microsecondsSinceEpoch: Int64

    package init(microsecondsSinceEpoch: Int64) {
        self.microsecondsSinceEpoch = microsecondsSinceEpoch
    }

    package init(millisecondsSinceEpoch: Int64) {
        microsecondsSinceEpoch = saturatingProduct(millisecondsSinceEpoch, 1_000)
    }

    package init(secondsSinceEpoch: Int64) {
        microsecondsSinceEpoch = saturatingProduct(secondsSinceEpoch, 1_000_000)
    }

    /// Whole milliseconds since the epoch, rounded towards the past.
    package var millisecondsSinceEpoch: Int64 { floorDivision(microsecondsSinceEpoch, 1_000) }

    /// Whole seconds since the epoch, rounded towards the past.
    package var secondsSinceEpoch: Int64 { floorDivision(microsecondsSinceEpoch, 1_000_000) }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.microsecondsSinceEpoch < right.microsecondsSinceEpoch
    }

    package static func + (instant: Instant, duration: Duration) -> Instant {
        let (sum, overflow) = instant.microsecondsSinceEpoch.addingReportingOverflow(duration.microseconds)
        return Instant(microsecondsSinceEpoch: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    package static func - (instant: Instant, duration: Duration) -> Instant {
        let (difference, overflow) = instant.microsecondsSinceEpoch.subtractingReportingOverflow(duration.microseconds)
        return Instant(microsecondsSinceEpoch: overflow ? (duration < .zero ? .max : .min) : difference)
    }

    package static func - (left: Instant, right: Instant) -> Duration {
        let (difference, overflow) = left.microsecondsSinceEpoch.subtractingReportingOverflow(
            right.microsecondsSinceEpoch)
        return .microseconds(overflow ? (left < right ? .min : .max) : difference)
    }
}

extension Duration {
    /// Whole microseconds, rounded towards zero; saturates.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, sumOverflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return sumOverflow ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration as a decimal number of seconds.
    package var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}

/// The quotient rounded towards negative infinity; `divisor` is positive.
package func floorDivision(_ dividend: Int64, _ divisor: Int64) -> Int64 {
    let quotient = dividend / divisor
    return dividend % divisor < 0 ? quotient - 1 : quotient
}

private func saturatingProduct(_ left: Int64, _ right: Int64) -> Int64 {
    let (product, overflow) = left.multipliedReportingOverflow(by: right)
    return overflow ? ((left < 0) == (right < 0) ? .max : .min) : product
}

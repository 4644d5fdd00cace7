package import Time

/// A run of fire times of one job, as how many they are and the two ends: a clock that was set a year ahead costs no more.
package struct FireTimes: Sendable, Equatable {
    package private(set) var count: Int
    package let first: Instant
    package private(set) var last: Instant
    /// How many of them have not ended in another way already.
    package private(set) var counting: Int

    init(_ time: Instant, counts: Bool = true) {
        (count, first, last, counting) = (1, time, time, counts ? 1 : 0)
    }

    mutating func append(_ time: Instant, counts: Bool = true) {
        count += 1
        last = time
        if counts { counting += 1 }
    }

    /// In words: one, or how many from when to when.
    package var description: String {
        count == 1 ? first.rfc3339 : "\(count) fire times from \(first.rfc3339) to \(last.rfc3339)"
    }
}

extension FireTimes? {
    mutating func append(_ time: Instant, counts: Bool = true) {
        if self?.append(time, counts: counts) == nil { self = FireTimes(time, counts: counts) }
    }
}

package import Time

/// A moment at which a job is due.
package struct FireTime: Sendable, Hashable {
    /// What a change of the clock did; times on the wall as seconds since the epoch of a clock in UTC that shows them.
    enum Effect: Sendable, Hashable {
        /// The schedule's time does not exist; the fire time comes at the other one instead.
        case moved(from: Int64, to: Int64)
        /// A time before this one does not exist, and is left out.
        case leftOut(Int64)
        /// The clock shows it twice, and only the first one counts.
        case onlyFirst(Int64)
        case firstOfTwo(Int64)
        case secondOfTwo(Int64)
    }

    package let time: Instant
    let effect: Effect?

    init(time: Int64, effect: Effect? = nil) {
        self.time = Instant(secondsSinceEpoch: time)
        self.effect = effect
    }
}

extension FireTime {
    /// What a change of the clock does to it, in words, for a preview; nil for most.
    package var note: String? { note(hasCome: false) }

    /// The same once it has come, for the log.
    package var noteOnceCome: String? { note(hasCome: true) }

    private func note(hasCome: Bool) -> String? {
        switch effect {
        case nil: nil
        case .moved(let from, let to):
            "\(clock(from)) does not exist on \(day(from)); \(hasCome ? "ran" : "runs") at \(clock(to))"
                + (day(from) == day(to) ? "" : " on \(day(to))")
        case .leftOut(let wall): "\(clock(wall)) does not exist on \(day(wall)) and \(hasCome ? "was" : "is") left out"
        case .onlyFirst(let wall): "\(clock(wall)) comes twice on \(day(wall)); the first one counts"
        case .firstOfTwo(let wall): "\(clock(wall)) comes twice on \(day(wall)); this is the first one"
        case .secondOfTwo(let wall): "\(clock(wall)) comes twice on \(day(wall)); this is the second one"
        }
    }
}

/// `hh:mm`, and the seconds if there are any.
func clock(_ wall: Int64) -> String {
    let local = LocalTime(secondsSinceEpoch: wall)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(two(local.hour)):\(two(local.minute))" + (local.second == 0 ? "" : ":\(two(local.second))")
}

private func day(_ wall: Int64) -> Substring { Instant(secondsSinceEpoch: wall).rfc3339.prefix(10) }

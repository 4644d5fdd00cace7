internal import Configuration
internal import Scheduling
internal import Time

/// When a drill may begin, so that no fire time falls into it: a backup would wait in the engine until it ends; pure.
enum DrillWindow: Equatable {
    case atOnce
    /// After the backup of that fire time.
    case after(Instant)
    /// There is no such room within a day: right after the backup of that fire time, and those that come meanwhile wait.
    case crowded(after: Instant)

    /// - Parameters:
    ///   - jobs: those that take backups.
    ///   - length: what it may take.
    init(_ jobs: [JobSettings], length: Duration, at now: Instant) {
        let end = now + .seconds(86_400)
        var (last, first): (Instant, Instant?) = (now, nil)
        // Fire times come one after the other, of all jobs together.
        while last < end {
            guard let next = jobs.compactMap({ $0.nextFireTime(after: last)?.time }).min(), next - last < length else {
                self = last == now ? .atOnce : .after(last)
                return
            }
            first = first ?? next
            last = next
        }
        self = .crowded(after: first ?? now)
    }
}

import Glibc
import TestSupport
import Testing
import Time

@testable import EventLoop

/// One after the other, because one of them sets the clock.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct LoopClockTests {
    @Test func sleepsForAWhile() throws {
        let (elapsed, wall) = try withEventLoop { loop in
            let (start, wall) = (loop.uptime(), loop.now())
            try await loop.sleep(for: .milliseconds(50))
            return (loop.uptime() - start, loop.now() - wall)
        }
        #expect(elapsed >= .milliseconds(50))
        #expect(wall >= .milliseconds(49))
    }

    @Test(arguments: [Duration.zero, .seconds(-5), .microseconds(-1)])
    func whatIsPastEndsAtOnce(offset: Duration) throws {
        let reason = try withEventLoop { loop in
            try await loop.sleep(for: offset)
            return try await loop.sleep(until: loop.now() + offset)
        }
        #expect(reason == .due)
    }

    @Test(arguments: [Int64.min, -1, 0])
    func theBeginningOfTimeIsPast(microseconds: Int64) throws {
        let reason = try withEventLoop { loop in
            try await loop.sleep(until: Instant(microsecondsSinceEpoch: microseconds))
        }
        #expect(reason == .due)
    }

    @Test func wakesAtAPointOnTheWallClock() throws {
        let (reason, late) = try withEventLoop { loop in
            let deadline = loop.now() + .milliseconds(60)
            let reason = try await loop.sleep(until: deadline)
            return (reason, loop.now() - deadline)
        }
        #expect(reason == .due)
        #expect(late >= .zero)
    }

    @Test func aCancelledSleepEndsAtOnce() throws {
        let kinds = try withEventLoop { loop in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    do { try await loop.sleep(for: .seconds(3600)) } catch is CancellationError { return true }
                    return false
                }
                group.addTask {
                    do { _ = try await loop.sleep(until: loop.now() + .seconds(3600)) } catch is CancellationError {
                        return true
                    }
                    return false
                }
                try await loop.sleep(for: .milliseconds(1))
                group.cancelAll()
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(kinds == [true, true])
    }

    @Test func aTaskThatIsCancelledAlreadyDoesNotSleep() throws {
        let threw = try withEventLoop { loop in
            await withTaskGroup(of: Bool.self) { group in
                group.cancelAll()
                group.addTask { (try? await loop.sleep(for: .seconds(3600))) == nil }
                return await group.next() ?? false
            }
        }
        #expect(threw)
    }

    @Test func sleepsEndInTheOrderOfTheirDeadlines() throws {
        let order = try withEventLoop { loop in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in [3, 1, 2] {
                    group.addTask {
                        try await loop.sleep(for: .milliseconds(20 * number))
                        return number
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(order == [1, 2, 3])
    }

    /// Timers and descriptors are given back, whether a sleep ended or was cancelled.
    @Test func thousandsOfSleepsLeaveNothingOpen() throws {
        let (before, after) = try withEventLoop { loop in
            _ = try await loop.sleep(until: loop.now())
            let before = openDescriptors()
            for _ in 0..<2_000 {
                _ = try await loop.sleep(until: loop.now())
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try? await loop.sleep(until: loop.now() + .seconds(3600)) }
                    group.addTask { try? await loop.sleep(for: .seconds(3600)) }
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }
            return (before, openDescriptors())
        }
        // Other tests of this process open descriptors, too: a leak would leave thousands.
        #expect(after < before + 500)
    }

    /// Setting the clock to what it shows is a change to the kernel, and to nobody else; only root may.
    @Test(.enabled(if: geteuid() == 0, "only root may set the clock"))
    func noticesThatTheClockWasSet() throws {
        let reason = try withEventLoop { loop in
            async let reason = loop.sleep(until: loop.now() + .seconds(3600))
            try await loop.sleep(for: .milliseconds(1))
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            #expect(clock_settime(CLOCK_REALTIME, &time) == 0)
            return try await reason
        }
        #expect(reason == .clockChanged)
    }
}

private func openDescriptors() -> Int {
    var count = 0
    guard let directory = opendir("/proc/self/fd") else { return -1 }
    while readdir(directory) != nil { count += 1 }
    closedir(directory)
    return count
}

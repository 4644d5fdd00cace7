import EventLoop
import Glibc
import TestSupport
import Testing
import Time

@Suite(.timeLimit(.minutes(10)))
struct LoopTests {
    @Test func returnsWhatTheBodyReturns() throws {
        #expect(try withEventLoop { _ in 42 } == 42)
        #expect(throws: CancellationError.self) { try withEventLoop { _ in throw CancellationError() } }
    }

    @Test func everythingStaysOnTheThread() throws {
        let threads = try withEventLoop { loop in
            let own = currentThread()
            let others = await withTaskGroup(of: UInt.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        await Task.yield()
                        try? await loop.sleep(for: .microseconds(100))
                        return currentThread()
                    }
                }
                return await group.reduce(into: Set()) { $0.insert($1) }
            }
            return (own, others)
        }
        #expect(threads.1 == [threads.0])
    }

    @Test func jobsRunInTheOrderTheyCame() throws {
        let order = try withEventLoop { _ in
            let log = Log()
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        await log.add(number)
                        await Task.yield()
                        await log.add(number + 10)
                    }
                }
            }
            return await log.entries
        }
        #expect(order == Array(0..<20))
    }

    @Test func workOfOtherThreadsComesBack() throws {
        let (own, worker, after) = try withEventLoop { loop in
            let own = currentThread()
            let worker = try await loop.offload { currentThread() }
            return (own, worker, currentThread())
        }
        #expect(own == after)
        #expect(own != worker)
    }

    @Test func errorsOfOffloadedWorkComeBack() throws {
        #expect(throws: CancellationError.self) {
            try withEventLoop { loop in try await loop.offload { throw CancellationError() } }
        }
    }

    @Test func manyOffloadedWorksAllComeBack() throws {
        let sum = try withEventLoop { loop in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 1...1000 { group.addTask { try await loop.offload { number } } }
                return try await group.reduce(0, +)
            }
        }
        #expect(sum == 500_500)
    }

    @Test func knowsItsLongestJob() throws {
        let longest = try withEventLoop { loop in
            let start = loop.uptime()
            while loop.uptime() - start < .milliseconds(20) {}
            await Task.yield()
            return loop.longestJob
        }
        #expect(longest >= .milliseconds(20) && longest < .seconds(10))
    }

    @Test func signalsArrive() throws {
        let numbers = try withEventLoop { loop in
            let signals = try loop.signals([SIGUSR1, SIGUSR2])
            pthread_kill(pthread_self(), SIGUSR1)
            var numbers: [Int32] = []
            for await number in signals {
                numbers.append(number)
                if numbers.count == 2 { break }
                pthread_kill(pthread_self(), SIGUSR2)
            }
            return numbers
        }
        #expect(numbers == [SIGUSR1, SIGUSR2])
    }

    @Test func descriptorsAreWatched() throws {
        let seen = try withEventLoop { loop in
            var ends: [Int32] = [0, 0]
            pipe(&ends)
            defer { close(ends[0]) }
            let (stream, continuation) = AsyncStream.makeStream(of: Readiness.self)
            let source = try DescriptorSource(loop, ends[0], [.readable]) { continuation.yield($0) }
            defer { source.cancel() }
            var iterator = stream.makeAsyncIterator()
            write(ends[1], "x", 1)
            let first = await iterator.next()
            var byte: UInt8 = 0
            read(ends[0], &byte, 1)
            close(ends[1])
            let second = await iterator.next()
            return (first, second)
        }
        #expect(seen.0 == .readable)
        #expect(seen.1?.isDisjoint(with: .hangUp) == false)
    }

    @Test func aDescriptorThatIsNoneIsAnError() throws {
        #expect(throws: LoopError.self) {
            try withEventLoop { loop in _ = try DescriptorSource(loop, -1, [.readable]) { _ in } }
        }
    }

    /// While a task waits, the thread sleeps: no context switch but those of going to sleep and of waking up.
    @Test func idlenessIsSleep() throws {
        let switches = try withEventLoop { loop in
            let before = contextSwitches()
            try await loop.sleep(for: .seconds(1))
            return contextSwitches() - before
        }
        #expect(switches <= 3, "\(switches) context switches in one second of waiting")
    }
}

private actor Log {
    var entries: [Int] = []

    func add(_ entry: Int) { entries.append(entry) }
}

private func currentThread() -> UInt { pthread_self() }

/// Of the calling thread, voluntary ones, as the kernel counts them.
private func contextSwitches() -> Int {
    var usage = rusage()
    getrusage(1, &usage)  // RUSAGE_THREAD, which is not imported
    return usage.ru_nvcsw
}

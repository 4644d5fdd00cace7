import EventLoop
import Glibc
import HTTP
import HTTPClient
import TestSupport
import Testing
import Time

@Suite(.timeLimit(.minutes(10)))
struct ConcurrencyTests {
    /// Half of the requests are cancelled while they hang; each ends once, and as it should.
    @Test func cancelsAreCountedExactly() throws {
        try withServer { port throws in
            let codes = try withEventLoop { loop in
                let transport = CurlTransport(loop, .init(baseURL: "http://127.0.0.1:\(port)"))
                return await withTaskGroup(of: HTTPTransportError.Code?.self) { group in
                    for number in 0..<200 {
                        group.addTask { await code(transport, "/200") }
                        group.addTask {
                            await hanging(transport, loop, cancelledAfter: .microseconds(number * 37 % 5_000))
                        }
                    }
                    return await group.reduce(into: [HTTPTransportError.Code?]()) { $0.append($1) }
                }
            }
            let answered = codes.count { $0 == nil }
            let cancelled = codes.count { $0 == .cancelled }
            #expect(answered == 200)
            #expect(cancelled == 200)
        }
    }

    @Test func aTaskThatIsCancelledAlreadySendsNothing() throws {
        try withServer { port throws in
            let (result, counts) = try withEventLoop { loop in
                let transport = CurlTransport(loop, .init(baseURL: "http://127.0.0.1:\(port)"))
                let result = await withTaskGroup(of: HTTPTransportError.Code?.self) { group in
                    group.cancelAll()
                    group.addTask { await code(transport, "/201") }
                    return await group.next() ?? nil
                }
                return (result, try await transport.send(.init(.get, "/count"), timeout: .seconds(9)).text)
            }
            #expect(result == .cancelled)
            #expect(!counts.contains("/201"))
        }
    }

    /// A client that waits for an answer sleeps, on one thread.
    @Test func waitingIsSleep() throws {
        try withServer { port throws in
            let switches = try withEventLoop { loop in
                let transport = CurlTransport(loop, .init(baseURL: "http://127.0.0.1:\(port)"))
                return try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = await code(transport, "/hang") }
                    try await loop.sleep(for: .milliseconds(300))
                    let before = contextSwitches()
                    try await loop.sleep(for: .seconds(1))
                    let switches = contextSwitches() - before
                    group.cancelAll()
                    return switches
                }
            }
            #expect(switches <= 4, "\(switches) context switches in one second of waiting")
        }
    }
}

private func code(_ transport: CurlTransport, _ target: String) async -> HTTPTransportError.Code? {
    do {
        _ = try await transport.send(HTTPRequest(.get, target), timeout: .seconds(20))
        return nil
    } catch {
        return error.code
    }
}

/// How a request ends that hangs until it is cancelled.
private func hanging(
    _ transport: CurlTransport, _ loop: Loop, cancelledAfter delay: Duration
) async -> HTTPTransportError.Code? {
    await withTaskGroup(of: HTTPTransportError.Code?.self) { group in
        group.addTask { await code(transport, "/hang") }
        try? await loop.sleep(for: delay)
        group.cancelAll()
        return await group.next() ?? nil
    }
}

private func contextSwitches() -> Int {
    var usage = rusage()
    getrusage(1, &usage)  // RUSAGE_THREAD, which is not imported
    return usage.ru_nvcsw
}

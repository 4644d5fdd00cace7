import EventLoop
import Glibc
import HTTP
import HTTPServer
import TestSupport
import Testing
import Time

/// Clients that take their time, or all there is, and what others get meanwhile.
@Suite(.timeLimit(.minutes(10)))
struct SlowClientTests {
    private let probe = "GET /probe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    /// Those that have kept the server waiting longest make room, however busy they look.
    @Test func aProbeIsAnsweredBesideDrippingClients() throws {
        try withServer { [probe] port, loop in
            var clients = try (0..<256).map { _ in try connection(to: port) }
            defer { for client in clients { close(client) } }
            for client in clients { send(client, "GET /drip HTTP/1.1\r\nHost: x\r\nX-") }
            for _ in 0..<5 {
                let start = loop.uptime()
                #expect(try exchange(port, probe).hasSuffix("GET /probe "))
                #expect(loop.uptime() - start < .seconds(1))
                for client in clients { send(client, "x") }
                clients.append(try connection(to: port))
            }
        }
    }

    /// Clients that hang up while their answer is made hold no place for ever.
    @Test func aProbeIsAnsweredBesideClientsThatHaveGone() throws {
        try withServer { [probe] port, loop in
            for _ in 0..<300 {
                let client = try connection(to: port)
                send(client, "GET /forever HTTP/1.1\r\nHost: x\r\n\r\n")
                close(client)
            }
            let start = loop.uptime()
            #expect(try exchange(port, probe).hasSuffix("GET /probe "))
            #expect(loop.uptime() - start < .seconds(1))
        }
    }

    /// A client that has closed its side can still read.
    @Test(arguments: [
        "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab",
    ])
    func aHalfClosedClientGetsItsAnswer(request: String) throws {
        let answer = try withServer { port, _ in
            let client = try connection(to: port)
            send(client, request)
            shutdown(client, Int32(SHUT_WR))
            return receive(client)
        }
        #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains(" /slow "), "\(answer)")
    }

    /// Each turn ends: a request that does not come whole, an answer that nobody makes, one that nobody takes.
    @Test func everyTurnHasItsLimit() throws {
        var limits = TurnLimits()
        (limits.receiving, limits.answering) = (.seconds(1), .seconds(1))
        (limits.sending, limits.idle) = (.seconds(1), .seconds(1))
        try withServer(limits: limits) { port, _ in
            #expect(try exchange(port, "GET /drip HTTP/1.1\r\nHo").isEmpty)
            #expect(
                try exchange(port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na").isEmpty
            )
            let late = try exchange(
                port, "GET /forever HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(late.hasPrefix("HTTP/1.1 504 ") && late.contains("no answer was made within 1 s"), "\(late)")
            let keeper = try connection(to: port)
            send(keeper, "GET /kept HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(receive(keeper).hasSuffix("GET /kept "))
            let reader = try connection(to: port)
            send(reader, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            // Who doesn't read sees nothing of the end: there is nothing to wait for but the time.
            usleep(3_000_000)
            #expect(receive(reader).utf8.count < 50_000_000)
        }
    }

    /// A stop ends what is begun or being received at once, and whatever else clients do within six seconds.
    @Test func aStopEndsWhateverClientsDo() throws {
        var limits = TurnLimits()
        limits.atStop = .seconds(3)
        let duration = try withEventLoop { [limits] loop in
            let socket = try ListeningSocket(host: "127.0.0.1", port: 0)
            let server = try Server(loop, [socket], limits: limits) { request in
                await answerSlowly(request, loop)
            }
            let port = server.port
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await server.run() }
                let clients = try await loop.offload {
                    let requests = [
                        "", "GET /drip HTTP/1.1\r\nHo", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na",
                        "GET /idle HTTP/1.1\r\nHost: x\r\n\r\n", "GET /forever HTTP/1.1\r\nHost: x\r\n\r\n",
                        "GET /large HTTP/1.1\r\nHost: x\r\n\r\n",
                        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + String(repeating: "0", count: 100_000),
                    ]
                    return try requests.map { request in
                        let client = try connection(to: port)
                        send(client, request)
                        return client
                    }
                }
                try await loop.sleep(for: .milliseconds(300))
                let start = loop.uptime()
                group.cancelAll()
                try await group.waitForAll()
                for client in clients { close(client) }
                return loop.uptime() - start
            }
        }
        #expect(duration < .seconds(6))
    }

    /// A chunk's size without end fills the library's buffer, and would keep a core busy.
    @Test func aChunkSizeWithoutEndIsCutOff() throws {
        try withServer { [probe] port, loop in
            let client = try connection(to: port)
            let start = loop.uptime()
            send(
                client,
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + String(repeating: "0", count: 200_000))
            #expect(!receive(client).contains("200"))
            #expect(loop.uptime() - start < .seconds(10))
            #expect(try exchange(port, probe).hasSuffix("GET /probe "))
        }
    }
}

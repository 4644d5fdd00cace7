import EventLoop
import Glibc
import HTTP
import HTTPServer
import TestSupport
import Testing
import Time

@Suite(.timeLimit(.minutes(10)))
struct ServerTests {
    /// What a server answers to bytes; the server answers every good request with its method, target and body.
    private func answer(to request: String) throws -> String {
        try withServer { port, _ in try exchange(port, request) }
    }

    @Test(arguments: [
        ("GET /a?b=%2F HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /a?b=%2F "),
        ("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc", "POST /a abc"),
        (
            "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            "POST /a abcde"
        ),
        ("GET http://y:1/a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /a?b "),
        ("POST HTTPS://y HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "POST / "),
        ("GET /%2e%2e/%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /%2e%2e/%00 "),
    ])
    func handsOverWhatCame(request: String, body: String) throws {
        let answer = try answer(to: request)
        #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answer)")
        #expect(answer.hasSuffix("\r\n\r\n\(body)"), "\(answer)")
        #expect(answer.contains("X-Own: yes\r\n"))
    }

    @Test(arguments: [
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", "400"),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "400"), ("GET / HTTP/1.1\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n", "413"),
        ("BREW / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "501"),
        ("GET http:///a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400"),
        ("GET http://u@x/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400"),
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400"),
        ("GET http://x/a HTTP/1.1\r\nConnection: close\r\n\r\n", "400"),
        ("nonsense\r\n\r\n", ""),
    ])
    func refusesWhatIsUnsafe(request: String, status: String) throws {
        let answer = try answer(to: request)
        #expect(status.isEmpty || answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
        #expect(!answer.contains("200 OK"), "\(answer)")
    }

    /// A refusal has one head, but for libmicrohttpd 0.9.75's own of a `Content-Length` that is no number.
    ///
    /// Once that is mended this fails, and what `refusal(of:_:)` says of it can go.
    @Test func aRefusalHasOneHead() throws {
        func heads(_ request: String) throws -> Int { try answer(to: request).ranges(of: "HTTP/1.1 400 ").count }
        #expect(try heads("GET / HTTP/1.1\r\n\r\n") == 1)
        #expect(try heads("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n") == 2)
    }

    @Test func aBodyThatWasNotAnnouncedIsLimited() throws {
        let chunk = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
        let request =
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            + String(repeating: chunk, count: 17) + "0\r\n\r\n"
        #expect(try answer(to: request).hasPrefix("HTTP/1.1 413 "))
    }

    /// A connection serves several requests, and a later one is not mistaken for part of an earlier one.
    @Test func keepsConnections() throws {
        let one = "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"
        let answer = try answer(to: one + "GET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(answer.contains("POST /1 a") && answer.hasSuffix("GET /2 "), "\(answer)")
    }

    @Test(arguments: [
        ("gzip", 5_000, true), ("deflate, GZIP;q=0.5", 5_000, true), ("*", 5_000, true), ("gzip", 262_000, true),
        ("gzip;q=0", 5_000, false), ("*, gzip; q=0.0", 5_000, false), ("identity", 5_000, false), ("", 5_000, false),
        ("gzip", 100, false), ("gzip", 300_000, false),
    ])
    func compressesWhatPays(accepted: String, size: Int, isCompressed: Bool) throws {
        let target = "/" + String(repeating: "x", count: 80)
        let body = (0..<size).reduce(into: "") { $0 += "\($1 % 10)" }
        let (head, plain) = try withServer { port, _ in
            let command = ["curl", "-s", "-m", "20", "--data-binary", "@-", "http://127.0.0.1:\(port)\(target)"]
            let accept = ["-H", "Accept-Encoding: \(accepted)"]
            let head = try run(command + ["-D", "-", "-o", "/dev/null"] + accept, input: body).output
            return (head, try run(command + ["--compressed"] + (isCompressed ? accept : []), input: body).output)
        }
        #expect(head.contains("\r\nContent-Encoding: gzip\r\n") == isCompressed, "\(head)")
        #expect(head.contains("\r\nVary: Accept-Encoding\r\n") == (1_000...262_100).contains(size))
        #expect(plain == "POST \(target) \(body)")
    }

    @Test func manyAtOnce() throws {
        try withServer { port, loop in
            var sockets: [Int32] = []
            for number in 0..<100 {
                let socket = try connection(to: port)
                send(socket, "GET /slow?\(number) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                sockets.append(socket)
            }
            for (number, socket) in sockets.enumerated() { #expect(receive(socket).hasSuffix("GET /slow?\(number) ")) }
        }
    }

    /// Who goes away altogether ends the wait for an answer, and nothing else.
    @Test func aClientThatGoesCancelsItsWait() throws {
        let (begun, cancelled) = (Counter(), Counter())
        try withServer(
            respond: { request, loop in
                begun.add()
                try? await loop.sleep(for: .seconds(3_600))
                cancelled.add()
                return HTTPResponse(status: 200)
            },
            { port, _ in
                let sockets = try (0..<20).map { _ in
                    let socket = try connection(to: port)
                    send(socket, "GET /forever HTTP/1.1\r\nHost: x\r\n\r\n")
                    return socket
                }
                for _ in 0..<1_000 where begun.count < 20 { usleep(10_000) }
                for socket in sockets {
                    var linger = linger(l_onoff: 1, l_linger: 0)
                    setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
                    close(socket)
                }
                for _ in 0..<1_000 where cancelled.count < 20 { usleep(10_000) }
                #expect(cancelled.count == 20)
            })
    }

    /// A server that is stopped answers what still waits.
    @Test func stoppingLeavesNobodyWaiting() throws {
        let answers = try withEventLoop { loop in
            let server = try Server(loop, [try ListeningSocket(host: "127.0.0.1", port: 0)]) { request in
                await answerSlowly(request, loop)
            }
            let port = server.port
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await server.run() }
                async let answer = loop.offload {
                    try exchange(
                        port, "GET /forever HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                }
                try await loop.sleep(for: .milliseconds(200))
                group.cancelAll()
                try await group.waitForAll()
                return try await answer
            }
        }
        #expect(answers.hasPrefix("HTTP/1.1 ") && !answers.contains("gone"), "\(answers)")
    }

    /// A server that is about to stop answers whoever is there, also what they have only begun to ask, and waits for nobody else.
    @Test func drainingLosesNoRequest() throws {
        let (answers, seconds) = try withEventLoop { loop in
            let server = try Server(loop, [try ListeningSocket(host: "127.0.0.1", port: 0)]) { request in
                try? await loop.sleep(for: .milliseconds(300))
                return HTTPResponse(status: 200, body: request.body)
            }
            let port = server.port
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await server.run() }
                let clients = try await loop.offload {
                    let begun = [
                        "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na",
                        "",
                    ]
                    return try begun.map { text in
                        let client = try connection(to: port)
                        send(client, text)
                        return client
                    }
                }
                let idle = try await loop.offload {
                    let idle = try connection(to: port)
                    send(idle, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    return idle
                }
                try await loop.sleep(for: .milliseconds(400))
                async let answers = loop.offload {
                    usleep(200_000)
                    send(clients[1], "b")
                    send(clients[2], "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    return (clients + [idle]).map(receive)
                }
                let start = loop.uptime()
                await server.drain()
                let seconds = (loop.uptime() - start).seconds
                group.cancelAll()
                try await group.waitForAll()
                return (try await answers, seconds)
            }
        }
        for answer in answers { #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answers)") }
        #expect(answers[1].hasSuffix("\r\n\r\nab"))
        #expect(0.5..<3 ~= seconds, "\(seconds)")
    }
}

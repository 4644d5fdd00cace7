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
    private func answer(to request: String, closing: Bool = true) throws -> String {
        try withServer { port, _ in try exchange(port, request, shutsDown: closing) }
    }

    @Test(arguments: [
        ("GET /a?b=%2F HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /a?b=%2F "),
        ("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc", "POST /a abc"),
        (
            "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            "POST /a abcde"
        ),
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
        ("GET http://x/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400"),
        ("nonsense\r\n\r\n", ""),
    ])
    func refusesWhatIsUnsafe(request: String, status: String) throws {
        let answer = try answer(to: request)
        #expect(status.isEmpty || answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
        #expect(!answer.contains("200 OK"), "\(answer)")
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

    /// Who hangs up ends the wait for an answer, and nothing else.
    @Test func aClientThatGoesCancelsItsWait() throws {
        try withServer { port, _ in
            for _ in 0..<20 {
                let socket = try connection(to: port)
                send(socket, "GET /forever HTTP/1.1\r\nHost: x\r\n\r\n")
                close(socket)
            }
            // The server still answers, and ends, which it could not with requests left over.
            #expect(
                try exchange(port, "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", shutsDown: false)
                    .hasSuffix("GET /x "))
        }
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
                        port, "GET /forever HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", shutsDown: false)
                }
                try await loop.sleep(for: .milliseconds(200))
                group.cancelAll()
                try await group.waitForAll()
                return try await answer
            }
        }
        #expect(answers.hasPrefix("HTTP/1.1 ") && !answers.contains("gone"), "\(answers)")
    }
}

/// Runs a server on a loop of its own, and the body on a thread beside it.
private func withServer<Value: Sendable>(_ body: @escaping @Sendable (Int, Loop) throws -> Value) throws -> Value {
    try withEventLoop { loop in
        let server = try Server(loop, [try ListeningSocket(host: "127.0.0.1", port: 0)]) { request in
            await answerSlowly(request, loop)
        }
        let port = server.port
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            let value = try await loop.offload { try body(port, loop) }
            group.cancelAll()
            try await group.waitForAll()
            return value
        }
    }
}

@Sendable private func answerSlowly(_ request: HTTPRequest, _ loop: Loop) async -> HTTPResponse {
    if request.target.hasPrefix("/slow") { try? await loop.sleep(for: .milliseconds(20)) }
    if request.target.hasPrefix("/forever") { try? await loop.sleep(for: .seconds(3_600)) }
    let body = "\(request.method.rawValue) \(request.target) " + String(decoding: request.body, as: UTF8.self)
    return HTTPResponse(status: 200, fields: ["X-Own": "yes"], body: Array(body.utf8))
}

private func connection(to port: Int) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    try #require(result == 0)
    var timeout = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    return descriptor
}

private func send(_ socket: Int32, _ text: String) {
    let bytes = Array(text.utf8)
    var offset = 0
    while offset < bytes.count {
        let count = bytes.withUnsafeBytes {
            Glibc.send(socket, $0.baseAddress! + offset, bytes.count - offset, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return }
        offset += count
    }
}

/// Everything until the server closes.
private func receive(_ socket: Int32) -> String {
    defer { close(socket) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = recv(socket, &buffer, buffer.count, 0), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}

@Sendable private func exchange(_ port: Int, _ text: String, shutsDown: Bool) throws -> String {
    let socket = try connection(to: port)
    send(socket, text)
    if shutsDown { usleep(50_000) }
    return receive(socket)
}

import EventLoop
import Glibc
import HTTP
import HTTPServer
import Synchronization
import TestSupport
import Testing
import Time

/// Runs a server on a loop of its own, and the body on a thread beside it.
func withServer<Value: Sendable>(
    limits: TurnLimits = TurnLimits(),
    respond: @escaping @Sendable (HTTPRequest, Loop) async -> HTTPResponse = answerSlowly,
    _ body: @escaping @Sendable (Int, Loop) throws -> Value
) throws -> Value {
    try withEventLoop { loop in
        let socket = try ListeningSocket(host: "127.0.0.1", port: 0)
        let server = try Server(loop, [socket], limits: limits) { await respond($0, loop) }
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

/// What happened so often, on whatever thread.
final class Counter: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
}

@Sendable func answerSlowly(_ request: HTTPRequest, _ loop: Loop) async -> HTTPResponse {
    if request.target.hasPrefix("/slow") { try? await loop.sleep(for: .milliseconds(20)) }
    if request.target.hasPrefix("/forever") { try? await loop.sleep(for: .seconds(3_600)) }
    if request.target == "/large" { return HTTPResponse(status: 200, body: Array(repeating: 0x78, count: 50_000_000)) }
    let body = "\(request.method.rawValue) \(request.target) " + String(decoding: request.body, as: UTF8.self)
    return HTTPResponse(status: 200, fields: ["X-Own": "yes"], body: Array(body.utf8))
}

func connection(to port: Int) throws -> Int32 {
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

func send(_ socket: Int32, _ text: String) {
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
func receive(_ socket: Int32) -> String {
    defer { close(socket) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = recv(socket, &buffer, buffer.count, 0), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}

@Sendable func exchange(_ port: Int, _ text: String) throws -> String {
    let socket = try connection(to: port)
    send(socket, text)
    return receive(socket)
}

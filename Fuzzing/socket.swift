import Glibc

/// Sends any bytes to the server on a connection of their own, whole or in two pieces, and closes it, or only the sending side.
///
/// A client that has only closed its side is answered or cut off; nothing keeps the thread busy.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard count > 1, let bytes else { return 0 }
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    let start = threadTime()
    do {
        try world.loop.run {
            try await world.exchange(Array(input.dropFirst()), isHalfClosed: input[0] & 1 == 1, cut: Int(input[0] >> 1))
        }
    } catch {
        preconditionFailure("\(error)")
    }
    precondition(threadTime() - start < .seconds(3), "a core was kept busy")
    return 0
}

/// Of this thread, for which the sanitizer's own work counts as well.
private func threadTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

private let world: World = {
    do { return try World() } catch { preconditionFailure("\(error)") }
}()

private final class World: @unchecked Sendable {
    // Unchecked: used by the one thread there is.
    let loop: Loop
    private let server: Server

    init() throws {
        signal(SIGPIPE, SIG_IGN)
        let loop = try Loop()
        var limits = TurnLimits()
        (limits.receiving, limits.answering, limits.sending) = (.milliseconds(20), .seconds(1), .seconds(1))
        server = try Server(loop, [try ListeningSocket(host: "127.0.0.1", port: 0)], limits: limits) { request in
            if request.target.hasPrefix("/s") { try? await loop.sleep(for: .milliseconds(1)) }
            return HTTPResponse(status: 200, body: request.body + Array(request.target.utf8))
        }
        self.loop = loop
        let server = server
        Task(executorPreference: loop) { await server.run() }
    }

    func exchange(_ bytes: [UInt8], isHalfClosed: Bool, cut: Int) async throws {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(server.port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // A port is not used again for a minute unless the connection is reset; so many there are not.
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        defer { close(client) }
        for piece in [bytes.prefix(cut), bytes.dropFirst(cut)] where !piece.isEmpty {
            _ = piece.withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            await turn()
        }
        guard isHalfClosed else { return }
        shutdown(client, Int32(SHUT_WR))
        let end = loop.uptime() + .seconds(4)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(client, &buffer, buffer.count, 0)
            if count == 0 || count < 0 && errno != EAGAIN { return }
            precondition(loop.uptime() < end, "a half-closed client is neither answered nor cut off")
            if count < 0 { await turn() }
        }
    }

    private func turn() async { try? await loop.sleep(for: .microseconds(50)) }
}

import EventLoop
import Glibc
import HTTP
import HTTPClient
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct InheritedSocketTests {
    /// What was connecting when its time was up is forgotten, even while somebody else holds it.
    ///
    /// libcurl closes such a socket before it ends the watch on it. A child that is being started may hold it open for a moment
    /// more, which a second descriptor stands for here: nothing of it may reach the loop any more.
    @Test func connectionsGivenUpWhileSomebodyHoldsThem() throws {
        let listener = Listener()
        let holder = Holder()
        defer { holder.stop() }
        let codes = try withEventLoop { loop in
            let transport = CurlTransport(loop, .init(baseURL: "http://127.0.0.1:\(listener.port)"))
            let codes = await withTaskGroup(of: HTTPTransportError.Code?.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        do throws(HTTPTransportError) {
                            _ = try await transport.send(
                                HTTPRequest(.get, "/"), timeout: .milliseconds(200 + number))
                            return nil
                        } catch {
                            return error.code
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            // Now the connections come about that nobody waits for.
            for _ in 0..<40 {
                listener.acceptAll()
                try await loop.sleep(for: .milliseconds(50))
            }
            return codes
        }
        // Time-outs that follow one another by a millisecond are all kept.
        #expect(codes.filter { $0 == .timedOut || $0 == .connectTimedOut }.count == 50)
        #expect(holder.count >= 48)
    }
}

/// A socket whose backlog has room for one: whoever else wants to connect waits.
private final class Listener: Sendable {
    let descriptor: Int32
    let port: UInt16

    init() {
        let descriptor = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size)
                listen(descriptor, 0)
                getsockname(descriptor, $0, &size)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    func acceptAll() {
        while case let connection = accept(descriptor, nil, nil), connection >= 0 {
            close(connection)
        }
    }
}

/// Takes a second descriptor of every socket of this process that is connecting, on a thread of its own.
private final class Holder: @unchecked Sendable {
    // Unchecked: `held` is the thread's until it has been waited for.
    private var held: [Int32: Int32] = [:]
    private let isStopped = Atomic(false)
    private let taken = Atomic(0)
    private var thread = pthread_t()

    init() {
        pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Holder>.fromOpaque(context).takeUnretainedValue().hold() }
                return nil
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    var count: Int { taken.load(ordering: .relaxed) }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        pthread_join(thread, nil)
        for descriptor in held.values { close(descriptor) }
    }

    private func hold() {
        while !isStopped.load(ordering: .relaxed) {
            for descriptor in 3..<Int32(1_000) where held[descriptor] == nil && isConnecting(descriptor) {
                guard !held.values.contains(descriptor) else { continue }
                held[descriptor] = fcntl(descriptor, F_DUPFD_CLOEXEC, 500)
                taken.store(held.count, ordering: .relaxed)
            }
            usleep(5_000)
        }
    }

    /// By the state that the kernel tells, since there is no peer yet.
    private func isConnecting(_ descriptor: Int32) -> Bool {
        var info = tcp_info()
        var size = socklen_t(MemoryLayout<tcp_info>.size)
        return getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0 && info.tcpi_state == 2
    }
}

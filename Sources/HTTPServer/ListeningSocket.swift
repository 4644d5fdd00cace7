internal import Glibc

/// Why a socket can't be listened on.
package struct ListenError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// A socket that takes connections: our own, or one that somebody has handed over.
package final class ListeningSocket {
    let descriptor: Int32
    private var isOpen = true

    /// Takes over a socket that listens already.
    ///
    /// - Throws: `ListenError` for what is no such socket of TCP or the unix domain; the descriptor stays open.
    package init(inherited descriptor: Int32) throws(ListenError) {
        func option(_ name: Int32) -> Int32? {
            var value: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
        }
        let kind: String? =
            switch (option(SO_DOMAIN), option(SO_TYPE), option(SO_ACCEPTCONN)) {
            case (nil, _, _): "is no socket"
            case (AF_INET, 1, 1), (AF_INET6, 1, 1), (AF_UNIX, 1, 1): nil  // SOCK_STREAM
            case (_, 1, 0): "does not listen"
            default: "is no stream socket of TCP or the unix domain"
            }
        if let kind {
            isOpen = false
            self.descriptor = -1
            throw ListenError("the descriptor \(descriptor) that was handed over \(kind)")
        }
        self.descriptor = descriptor
        // Whoever hands it over may have left it so that taking a connection waits for one.
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    /// Listens on a numeric address.
    ///
    /// - Parameter port: 0 lets the system choose.
    package init(host: String, port: Int) throws(ListenError) {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let address = found else {
            throw ListenError("'\(host)' is no address to listen on (setting: server.host)")
        }
        defer { freeaddrinfo(found) }
        let flags = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        descriptor = socket(address.pointee.ai_family, flags, 0)
        var yes: Int32 = 1
        guard descriptor >= 0, setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, 4) == 0,
            bind(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0,
            listen(descriptor, SOMAXCONN) == 0
        else {
            // An initializer that throws once everything is set runs `deinit`, which closes.
            let reason = String(cString: strerror(errno))
            throw ListenError("can't listen on \(host) port \(port): \(reason) (setting: server.port)")
        }
    }

    deinit { close() }

    /// The port that it is bound to; nil in the unix domain.
    package var port: Int? {
        withAddress { address in
            guard [AF_INET, AF_INET6].contains(Int32(address.pointee.ss_family)) else { return nil }
            // The port stands at the same place in both kinds of address.
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                Int(UInt16(bigEndian: $0.pointee.sin_port))
            }
        }
    }

    /// What clients connect to, for a person: `port 8092`, or a path; an abstract name begins with `@`.
    package var name: String {
        if let port { return "port \(port)" }
        return withAddress { address in
            address.withMemoryRebound(to: sockaddr_un.self, capacity: 1) { address in
                let path = withUnsafeBytes(of: &address.pointee.sun_path) { Array($0) }
                let isAbstract = path[0] == 0
                let text = String(decoding: path.dropFirst(isAbstract ? 1 : 0).prefix { $0 != 0 }, as: UTF8.self)
                return text.isEmpty ? "a socket without a name" : isAbstract ? "@\(text)" : text
            }
        }
    }

    /// Whether only this machine can reach it.
    package var isLocal: Bool {
        withAddress { address in
            switch Int32(address.pointee.ss_family) {
            case AF_INET:
                address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    UInt32(bigEndian: $0.pointee.sin_addr.s_addr) >> 24 == 127
                }
            case AF_INET6:
                address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    let bytes = withUnsafeBytes(of: $0.pointee.sin6_addr) { Array($0) }
                    // ::1, and what stands for 127.0.0.0/8.
                    return bytes == Array(repeating: 0, count: 15) + [1]
                        || bytes.prefix(13) == Array(repeating: 0, count: 10) + [0xFF, 0xFF, 127]
                }
            default: true
            }
        }
    }

    private func withAddress<Value>(_ body: (UnsafeMutablePointer<sockaddr_storage>) -> Value) -> Value {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
            return body(pointer)
        }
    }

    /// Whether a connection waits to be taken.
    ///
    /// To take one fails for want of a descriptor even when none waits.
    var hasWaiting: Bool {
        var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&interest, 1, 0) > 0
    }

    /// Takes the next connection that waits.
    ///
    /// - Returns: its descriptor and the client's address, or the errno that says why there is none.
    func accept() -> Result<(descriptor: Int32, address: sockaddr_storage, length: socklen_t), AcceptError> {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let connection = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.accept(descriptor, $0, &length)
            }
        }
        guard connection >= 0 else { return .failure(AcceptError(number: errno)) }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        _ = fcntl(connection, F_SETFL, fcntl(connection, F_GETFL) | O_NONBLOCK)
        return .success((connection, address, length))
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        Glibc.close(descriptor)
    }
}

/// Why no connection could be taken.
struct AcceptError: Error {
    /// Of errno.
    let number: Int32
}

internal import Glibc

/// Why a socket can't be listened on.
package struct ListenError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// A TCP socket that takes connections: our own, or one that somebody has handed over.
package final class ListeningSocket {
    let descriptor: Int32
    private var isOpen = true

    /// Takes over a socket that listens already.
    package init(inherited descriptor: Int32) {
        self.descriptor = descriptor
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
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        guard descriptor >= 0, bind(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0,
            listen(descriptor, 128) == 0
        else {
            // An initializer that throws once everything is set runs `deinit`, which closes.
            let reason = String(cString: strerror(errno))
            throw ListenError("can't listen on \(host) port \(port): \(reason) (setting: server.port)")
        }
    }

    deinit { close() }

    /// The port that it is bound to; 0 for what is no TCP socket.
    package var port: Int {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
            // The port stands at the same place in both kinds of address.
            return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                Int(UInt16(bigEndian: $0.pointee.sin_port))
            }
        }
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        Glibc.close(descriptor)
    }
}

internal import EventLoop
internal import Glibc

/// A watch on one of libcurl's sockets, by a descriptor of its own; belongs to the loop's thread.
///
/// libcurl closes a socket whose connecting failed before it says that the watch may end. While another process still holds the
/// closed socket, as a child does between fork and exec, `epoll` goes on reporting it, and nobody can take it out any more.
final class WatchedSocket {
    private let descriptor: Int32
    private let identity: UInt64
    private var source: DescriptorSource?

    /// - Throws: `LoopError` when it can't be watched.
    init(
        _ loop: Loop, _ socket: Int32, _ interest: Readiness, callback: @escaping (Readiness) -> Void
    ) throws(LoopError) {
        descriptor = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        identity = Self.identity(of: socket)
        source = try DescriptorSource(loop, descriptor, interest, callback: callback)
    }

    deinit {
        source?.cancel()
        if descriptor >= 0 { close(descriptor) }
    }

    /// Whether it is this very socket, and not a later one of the same number.
    func isWatching(_ socket: Int32) -> Bool { identity == Self.identity(of: socket) }

    func update(_ interest: Readiness) { source?.update(interest) }

    private static func identity(of socket: Int32) -> UInt64 {
        var status = stat()
        return fstat(socket, &status) == 0 ? UInt64(status.st_ino) : 0
    }
}

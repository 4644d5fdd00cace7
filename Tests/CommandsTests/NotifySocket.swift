import Glibc
import TestSupport

/// What a service manager hears.
final class NotifySocket {
    let path: String
    private let descriptor: Int32
    private var heard: [String] = []

    init(in folder: String) throws {
        path = "\(folder)/notify"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = descriptor
        try withUnsafeBytes(of: &address) { bytes in
            let address = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
            guard bind(descriptor, address, socklen_t(bytes.count)) == 0 else { throw SpawnError.system(path) }
        }
    }

    deinit { close(descriptor) }

    /// All messages so far, in their order.
    var messages: [String] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)), count >= 0 {
            heard.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
        return heard
    }
}

import Glibc

/// A port of loopback, one of those that the system gives to nobody by itself, at which nothing listens; nor does anything above it,
/// where an engine has its second.
///
/// - Parameter offsets: by how much the others are above it that have to be free, too.
package func freePort(andAt offsets: [Int] = [100]) -> Int {
    while true {
        let port = Int.random(in: 20_000..<32_000)
        if ([0] + offsets).allSatisfy({ isFree(port + $0) }) { return port }
    }
}

private func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}

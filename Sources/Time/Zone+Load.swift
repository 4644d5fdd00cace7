internal import Glibc

extension Zone {
    /// Loads a zone by its IANA name from the machine's files; `local` is the machine's own.
    ///
    /// - Throws: `ZoneError`, which names the package to install.
    package static func load(_ name: String) throws(ZoneError) -> Zone {
        if name == "UTC" { return .utc }
        if name == "local" { return try loadLocal() }
        let isName = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !name.isEmpty && !name.hasPrefix("/")
        guard isName, !name.split(separator: "/").contains(".."), let bytes = read("/usr/share/zoneinfo/\(name)") else {
            throw ZoneError(
                description:
                    "there is no time zone '\(name)' on this machine; allowed are IANA names such as Europe/Berlin, UTC "
                    + "and local, and Debian's packages tzdata and tzdata-legacy bring them")
        }
        return try Zone(name: name, tzif: bytes)
    }

    private static func loadLocal() throws(ZoneError) -> Zone {
        if let variable = getenv("TZ").map({ String(cString: $0) }), !variable.isEmpty {
            return try load(variable.hasPrefix(":") ? String(variable.dropFirst()) : variable)
        }
        guard let bytes = read("/etc/localtime") else { return .utc }
        return try Zone(name: "local", tzif: bytes)
    }
}

/// A regular file of at most a megabyte; nil if it can't be read.
private func read(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1_048_576)
    var count = 0
    while count < bytes.count {
        let read = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + count, $0.count - count) }
        if read <= 0 { return read < 0 ? nil : Array(bytes[..<count]) }
        count += read
    }
    return nil
}

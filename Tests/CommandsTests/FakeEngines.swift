import Glibc
import JSON
import TestSupport

/// An engine that takes connections and never says a word.
final class SilentEngine {
    let url: String
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        try withUnsafeMutableBytes(of: &address) { bytes in
            let address = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress!
            guard bind(descriptor, address, length) == 0, listen(descriptor, 16) == 0,
                getsockname(descriptor, address, &length) == 0
            else { throw SpawnError.system("a socket") }
        }
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    }

    deinit { close(descriptor) }

    /// Whether somebody has connected.
    var isAsked: Bool {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&wait, 1, 0) > 0
    }
}

/// Lets an engine answer everything with one error for as long as the body runs.
func withRefusingEngine<Value>(
    _ reason: String, status: Int = 500, _ body: (_ url: String) throws -> Value
) throws -> Value {
    let answer: JSONValue = [
        "error": ["type": "some_exception", "reason": .string(reason)], "status": .integer(Int64(status)),
    ]
    return try withEngine(answering: answer, status: status, body)
}

/// Lets an engine answer everything alike for as long as the body runs.
func withEngine<Value>(
    answering answer: JSONValue, status: Int = 200, _ body: (_ url: String) throws -> Value
) throws -> Value {
    try withTemporaryFolder { folder in
        try write(String(decoding: answer.bytes, as: UTF8.self), toFile: "\(folder)/answer")
        let process = try ChildProcess(
            ["python3", BuiltProgram.script("engine.py"), "\(status)", "\(folder)/answer"], folder: folder)
        defer { process.stop() }
        try process.wait { $0.output.hasSuffix("\n") }
        return try body("http://127.0.0.1:\(process.output.dropLast())")
    }
}

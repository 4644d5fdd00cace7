import EventLoop
import Glibc
import HTTP
import HTTPServer
import TestSupport
import Testing

/// Sockets that are handed over: what can't be served is refused, and all that can be is.
@Suite(.timeLimit(.minutes(10)))
struct ListeningSocketTests {
    /// What a service manager may be told to hand over by mistake.
    @Test func refusesWhatTakesNoConnections() throws {
        var pair: [Int32] = [0, 0], pipes: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0 && pipe(&pipes) == 0)
        let (stream, datagram, file) = (
            socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0),
            open("/dev/null", O_RDONLY)
        )
        let netlink = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue), 0)
        for (descriptor, words) in [
            (pair[0], "does not listen"), (stream, "does not listen"), (datagram, "is no stream socket"),
            (netlink, "is no stream socket"), (pipes[0], "is no socket"), (file, "is no socket"),
            (1 << 20, "is no socket"),
        ] {
            let error = #expect(throws: ListenError.self) { _ = try ListeningSocket(inherited: descriptor) }
            #expect(
                error?.description.contains("\(descriptor) that was handed over \(words)") == true,
                "\(String(describing: error))")
        }
        for descriptor in pair + pipes + [stream, datagram, netlink, file] { #expect(close(descriptor) == 0) }
    }

    /// All that are handed over are served, each by its name, a blocking one as well.
    @Test func servesAll() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/s"
            let unix = try listening(at: path)
            let answers = try withEventLoop { loop in
                let tcp = try ListeningSocket(host: "::1", port: 0)
                let server = try Server(loop, [tcp, try ListeningSocket(inherited: unix)]) { request in
                    HTTPResponse(status: 200, body: Array("answer to \(request.target)\n".utf8))
                }
                let port = server.port
                #expect(server.addresses == ["port \(port)", path])
                return try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await server.run() }
                    let answers = try await loop.offload {
                        [
                            try run("curl", "-sm", "9", "--unix-socket", path, "http://x/unix").output,
                            try run("curl", "-sm", "9", "http://[::1]:\(port)/tcp").output,
                        ]
                    }
                    group.cancelAll()
                    try await group.waitForAll()
                    return answers
                }
            }
            #expect(answers == ["answer to /unix\n", "answer to /tcp\n"])
        }
    }

    @Test(arguments: [("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("0.0.0.0", false), ("::", false)])
    func knowsWhoReachesIt(host: String, isLocal: Bool) throws {
        #expect(try ListeningSocket(host: host, port: 0).isLocal == isLocal)
    }

    @Test func saysWhyItCantListen() throws {
        let first = try ListeningSocket(host: "127.0.0.1", port: 0)
        let error = #expect(throws: ListenError.self) {
            _ = try ListeningSocket(host: "127.0.0.1", port: first.port ?? 0)
        }
        #expect(error?.description.contains("Address already in use") == true)
    }
}

/// A socket of the unix domain that listens, and blocks.
private func listening(at path: String) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    try #require(result == 0 && listen(descriptor, 16) == 0)
    return descriptor
}

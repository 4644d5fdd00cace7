import EventLoop
import Glibc
import HTTP
import HTTPClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct CurlTransportTests {
    private func local(_ port: Int) -> CurlTransport.Settings {
        .init(baseURL: "http://127.0.0.1:\(port)")
    }

    @Test(arguments: HTTPRequest.Method.allCases.filter { $0 != .head })
    func sendsWhatIsAsked(method: HTTPRequest.Method) throws {
        try withServer { port throws in
            let body = method == .get ? "" : "{\"a\":1}"
            let request = HTTPRequest(
                method, "/echo?a=%2F..", fields: ["Content-Type": "application/json", "X-Y": "z"],
                body: Array(body.utf8))
            let response = try send(request, to: local(port))
            #expect(response.status == 200)
            for part in [
                #""method": "\#(method.rawValue)""#, #""target": "/echo?a=%2F..""#, #""x-y": "z""#,
                #""content-type": "application/json""#, #""user-agent": "optimize-backup""#,
                #""body": "\#(body.replacing("\"", with: "\\\""))""#,
            ] {
                #expect(response.text.contains(part), "\(part) in \(response.text)")
            }
            #expect(!response.text.contains("\"expect\""))
        }
    }

    @Test func putsABasePathInFront() throws {
        try withServer { port throws in
            let settings = CurlTransport.Settings(baseURL: "http://127.0.0.1:\(port)/echo")
            #expect(try send(.init(.get, "/x"), to: settings).status == 404)
        }
    }

    @Test func sendsCredentials() throws {
        try withServer { port throws in
            var settings = local(port)
            settings.authorization = .basic(user: "elastic", password: "geheim:ß")
            #expect(try send(.init(.get, "/echo"), to: settings).text.contains("Basic ZWxhc3RpYzpnZWhlaW06w58="))
            settings.authorization = .apiKey("a2V5")
            #expect(try send(.init(.get, "/echo"), to: settings).text.contains(#""authorization": "ApiKey a2V5""#))
        }
    }

    @Test func readsTheAnswer() throws {
        try withServer { port throws in
            #expect(try send(.init(.get, "/418"), to: local(port)).status == 418)
            #expect(try send(.init(.get, "/gzip"), to: local(port)).body == Array(repeating: 0x7A, count: 100_000))
            #expect(try send(.init(.get, "/redirect"), to: local(port)).status == 302)
            let late = try send(.init(.post, "/continue"), to: local(port))
            #expect(late.status == 201)
            #expect(late.fields["x-late"] == "2")
            #expect(late.fields["x-early"] == nil)
            #expect(try send(.init(.head, "/large"), to: local(port)).body.isEmpty)
        }
    }

    @Test(arguments: [
        ("/cut", HTTPTransportError.Code.cutOff), ("/nothing", .cutOff), ("/reset", .cutOff), ("/large", .tooLarge),
        ("/unannounced", .tooLarge), ("/fields", .tooLarge), ("/hang", .timedOut), ("/trickle", .timedOut),
    ])
    func tellsBrokenAnswersApart(path: String, code: HTTPTransportError.Code) throws {
        try withServer { port throws in
            let request = HTTPRequest(.get, path)
            #expect(try failure(of: request, to: local(port), timeout: .seconds(1), maximumBodySize: 10_000) == code)
        }
    }

    @Test func aPackedAnswerCountsUnpacked() throws {
        try withServer { port throws in
            #expect(try failure(of: .init(.get, "/gzip"), to: local(port), maximumBodySize: 10_000) == .tooLarge)
        }
    }

    @Test(arguments: [
        ("http://127.0.0.1:1", HTTPTransportError.Code.refused), ("http://no-such-host.invalid", .nameNotResolved),
        ("ftp://127.0.0.1", .invalidRequest), ("http://127.0.0.1:99999", .invalidRequest),
    ])
    func tellsWhyThereIsNoConnection(url: String, code: HTTPTransportError.Code) throws {
        #expect(try failure(of: .init(.get, "/"), to: .init(baseURL: url)) == code)
    }

    /// A listener whose backlog is full takes no connection: the kernel drops what asks for one.
    @Test func tellsATimeoutOfConnectingFromOneOfAnswering() throws {
        try withFullBacklog { port throws in
            var settings = local(port)
            settings.connectTimeout = .milliseconds(200)
            #expect(try failure(of: .init(.get, "/"), to: settings) == .connectTimedOut)
        }
    }

    @Test(arguments: [
        HTTPRequest(.get, "no-slash"), HTTPRequest(.get, "/a b"), HTTPRequest(.get, "/a\r\nX: y"),
        HTTPRequest(.get, "/\0"),
        HTTPRequest(.get, "/ä"), HTTPRequest(.get, "/", fields: ["X": "a\r\nY: b"]),
        HTTPRequest(.get, "/", fields: ["X": "a\0b"]), HTTPRequest(.get, "/", fields: ["X Y": "a"]),
        HTTPRequest(.get, "/", fields: ["X:": "a"]), HTTPRequest(.get, "/", fields: ["": "a"]),
    ])
    func refusesWhatMustNotBeSent(request: HTTPRequest) throws {
        try withServer { port throws in
            #expect(try failure(of: request, to: local(port)) == .invalidRequest)
        }
    }

    /// A connection that waits for an hour without a byte is kept alive: the kernel's timer for that runs.
    @Test func aWaitingConnectionShowsThatItLives() throws {
        try withServer { port throws in
            let settings = local(port)
            let line = try withEventLoop { loop in
                let transport = CurlTransport(loop, settings)
                return await withTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try? await transport.send(.init(.get, "/hang"), timeout: .seconds(20)) }
                    var line: String?
                    for _ in 0..<250 where line == nil {
                        try? await loop.sleep(for: .milliseconds(20))
                        line = establishedConnection(to: port)
                    }
                    group.cancelAll()
                    return line ?? ""
                }
            }
            // Timer 02 is that of keeping alive, in hundredths of a second.
            let timer = line.split(separator: " ").dropFirst(5).first?.split(separator: ":") ?? []
            #expect(timer.first == "02" && Int(timer.last ?? "", radix: 16).map { $0 <= 6_000 } == true, "\(line)")
        }
    }

    @Test func theEnvironmentsProxyIsNotUsed() throws {
        try withServer { port throws in
            setenv("http_proxy", "http://127.0.0.1:1", 1)
            defer { unsetenv("http_proxy") }
            #expect(try send(.init(.get, "/200"), to: local(port)).status == 200)
        }
    }

    @Test func keepsConnectionsForReads() throws {
        try withServer { port throws in
            let settings = local(port)
            let texts = try withEventLoop { loop in
                let transport = CurlTransport(loop, settings)
                var texts: [String] = []
                for method in [HTTPRequest.Method.get, .get, .post, .get] {
                    texts.append(try await transport.send(.init(method, "/echo"), timeout: .seconds(9)).text)
                }
                return texts
            }
            #expect(texts.map { $0.contains(#""served": 0"#) } == [true, false, true, false])
        }
    }

    /// libcurl would send a write once more when a kept connection ends before the answer.
    @Test func aWriteIsSentOnce() throws {
        try withServer { port throws in
            let settings = local(port)
            let counts = try withEventLoop { loop in
                let transport = CurlTransport(loop, settings)
                _ = try await transport.send(.init(.get, "/200"), timeout: .seconds(9))
                _ = try? await transport.send(.init(.post, "/nothing"), timeout: .seconds(9))
                return try await transport.send(.init(.get, "/count"), timeout: .seconds(9)).text
            }
            #expect(counts.contains(#""/nothing": 1"#))
        }
    }

    @Test func aKeptConnectionThatDiedIsReplacedForAReadOnly() throws {
        try withServer { port throws in
            let settings = local(port)
            let statuses = try withEventLoop { loop in
                let transport = CurlTransport(loop, settings)
                var statuses: [Int] = []
                for _ in 0..<4 {
                    statuses.append(try await transport.send(.init(.get, "/once"), timeout: .seconds(9)).status)
                }
                return statuses
            }
            #expect(statuses == [200, 200, 200, 200])
        }
    }
}

/// The kernel's line on a connection to a port of loopback that has sent all it had to.
private func establishedConnection(to port: Int) -> String? {
    guard let file = fopen("/proc/net/tcp", "r") else { return nil }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 512)
    let end = "0100007F:" + String(repeating: "0", count: 4 - String(port, radix: 16).count)
    let peer = end + String(port, radix: 16, uppercase: true)
    while fgets(&buffer, 512, file) != nil {
        let line = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let words = line.split(separator: " ")
        if words.count > 5, words[2] == peer, words[3] == "01", words[4].hasPrefix("00000000:"),
            words[5].hasPrefix("02")
        {
            return line
        }
    }
    return nil
}

/// A listener on loopback that never accepts, with as many connections waiting as it takes.
private func withFullBacklog(_ body: (Int) throws -> Void) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var sockets = [listener]
    defer { for socket in sockets { close(socket) } }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            bind(listener, generic, length)
            listen(listener, 0)
            getsockname(listener, generic, &length)
            for _ in 0..<4 {
                let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
                connect(client, generic, length)
                sockets.append(client)
            }
        }
    }
    try body(Int(UInt16(bigEndian: address.sin_port)))
}

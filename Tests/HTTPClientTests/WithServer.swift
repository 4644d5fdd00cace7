import EventLoop
import HTTP
import HTTPClient
import TestSupport

/// Runs the misbehaving server for as long as the body runs.
func withServer<Value>(
    _ arguments: [String] = [], script name: String = "misbehave.py", _ body: (_ port: Int) throws -> Value
) throws -> Value {
    try withTemporaryFolder { folder in
        let script = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let server = try ChildProcess(["python3", "/\(script)/Servers/\(name)"] + arguments, folder: folder)
        defer { server.stop() }
        try server.wait { $0.output.hasSuffix("\n") }
        return try body(Int(server.output.dropLast()) ?? 0)
    }
}

/// Sends one request to a transport of its own, on a loop of its own.
func send(
    _ request: HTTPRequest, to settings: CurlTransport.Settings, timeout: Duration = .seconds(20),
    maximumBodySize: Int = 1_048_576
) throws -> HTTPResponse {
    try withEventLoop { loop in
        try await CurlTransport(loop, settings).send(request, timeout: timeout, maximumBodySize: maximumBodySize)
    }
}

/// The code with which a request fails; nil if it is answered.
func failure(
    of request: HTTPRequest, to settings: CurlTransport.Settings, timeout: Duration = .seconds(20),
    maximumBodySize: Int = 1_048_576
) throws -> HTTPTransportError.Code? {
    do {
        _ = try send(request, to: settings, timeout: timeout, maximumBodySize: maximumBodySize)
        return nil
    } catch let error as HTTPTransportError {
        return error.code
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}

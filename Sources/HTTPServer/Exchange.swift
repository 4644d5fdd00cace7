internal import CMicrohttpd
internal import HTTP
internal import Time
internal import Waiting

/// One request and its answer, as libmicrohttpd hands them over piece by piece; belongs to the loop's thread.
final class Exchange: @unchecked Sendable {
    // Unchecked: touched by the loop's thread alone.

    private enum Stage {
        /// Nothing but the first line has been seen.
        case begun
        case receiving
        /// The connection is suspended while a task makes the answer.
        case answering(Connection)
        case answered(HTTPResponse)
        case over
    }

    private let server: Server
    private let target: String
    private var stage = Stage.begun
    private var fields = HTTPFields()
    private var body: [UInt8] = []
    private var isTooLarge = false
    private var isRead = true
    /// Given when the client goes before its answer is there.
    private let gone = Promise<Void>()

    init(_ server: Server, target: String) {
        self.server = server
        self.target = target
    }

    /// Takes what has come, and queues the answer once there is one.
    func advance(_ connection: OpaquePointer, _ line: RequestLine, _ piece: UnsafeRawBufferPointer) -> MHD_Result {
        server.noteProgress()
        switch stage {
        case .begun:
            stage = .receiving
            fields = receivedFields(of: connection)
            guard let refusal = refusal(of: line, fields) else { return .YES }
            return give(refusal, connection, closes: true)
        case .receiving where !piece.isEmpty:
            // A body that was not announced can't be refused while it comes: it is drained, and answered at its end.
            if body.count + piece.count > Server.maximumBodySize {
                isTooLarge = true
            } else {
                body.append(contentsOf: piece)
            }
            return .YES
        case .receiving:
            return answer(line.method, connection)
        case .answered(let response):
            return give(response, connection, closes: server.isStopping)
        case .answering, .over: return .NO
        }
    }

    /// Answers at once what still waits for its task when the server stops.
    func refuseIfWaiting() {
        if case .answering = stage { finish(unanswered) }
    }

    /// What to say when the server stops, or to a client that has gone, while a task makes the answer.
    private var unanswered: HTTPResponse {
        let reason = server.isStopping || Task.isCancelled ? "the server is stopping" : "the client has gone"
        return plain(503, isRead ? reason : "\(reason); what was asked for may still be done")
    }

    private func answer(_ method: String, _ handle: OpaquePointer) -> MHD_Result {
        guard !isTooLarge else {
            return refuse(413, "the body is larger than \(Server.maximumBodySize) bytes", handle)
        }
        guard let method = HTTPRequest.Method(rawValue: method) else {
            return refuse(501, "the method is not known", handle)
        }
        guard !target.utf8.contains(0), let received = RequestTarget.received(target) else {
            return refuse(400, "the target must be a path with a slash in front, or http://, a host and a path", handle)
        }
        // By RFC 9112, 3.2.2; whoever checks the name checks this one.
        if let authority = received.authority { fields["Host"] = authority }
        guard let connection = server.connection(handle) else { return .NO }
        let request = HTTPRequest(method, received.target, fields: fields, body: body)
        stage = .answering(connection)
        MHD_suspend_connection(handle)
        connection.beginAnswering(
            whenLate: { [unowned self] in
                finish(plain(504, "no answer was made within \(server.limits.answering.inSeconds)"))
                gone.give(())
            }, whenGone: { [gone] in gone.give(()) })
        isRead = [.get, .head].contains(method)
        let isUnderWay = server.perform { [server, gone] in
            let response = await race({ await server.respond(request) as HTTPResponse? }) {
                await gone.wait()
                return nil
            }
            self.finish((response ?? self.unanswered).compressed(for: request.fields["Accept-Encoding"]))
        }
        if !isUnderWay { finish(plain(503, "the server is stopping")) }
        return .YES
    }

    private func finish(_ response: HTTPResponse) {
        guard case .answering(let connection) = stage else { return }
        stage = .answered(response)
        connection.begin(.sending)
        MHD_resume_connection(connection.handle)
        server.turnSoon()
    }

    private func refuse(_ status: Int, _ words: String, _ connection: OpaquePointer) -> MHD_Result {
        give(plain(status, words), connection, closes: true)
    }

    private func give(_ response: HTTPResponse, _ connection: OpaquePointer, closes: Bool) -> MHD_Result {
        stage = .over
        server.connection(connection)?.begin(.sending)
        return queue(response, connection, closes: closes)
    }

    private func plain(_ status: Int, _ words: String) -> HTTPResponse {
        HTTPResponse(
            status: status, fields: ["Content-Type": "text/plain; charset=utf-8"], body: Array("\(words)\n".utf8))
    }
}

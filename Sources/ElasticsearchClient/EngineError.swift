/// Why the engine did not do what was asked.
package struct EngineError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// No connection: refused, no such name, no answer to connecting.
        case unreachable
        /// Connected, but no answer in time, or the connection broke: a write may have taken effect.
        case noAnswer
        /// TLS failed, or the engine's certificate is not trusted.
        case untrusted
        /// Our own certificate, key or CA file can't be used: `concern` tells which.
        case credentials
        /// 401 or 403.
        case denied
        /// There is no key to sign the request with, so that it was not sent.
        case unsigned
        /// A call that the service has for nobody, whatever rights they have.
        case notOffered
        case repositoryMissing
        case snapshotMissing
        /// It is listed, but what stands in it can't be read: a blob is missing, or the whole storage is.
        case snapshotUnreadable
        case indexMissing
        /// An index, or the cluster, is blocked by a setting; no privilege is wanting.
        case blocked
        /// A snapshot of that name exists or is in progress.
        case nameTaken
        /// Another snapshot operation is in the way.
        case busy
        /// It, or what stands before it, got no answer from within in time, or has no master: later may help, and a write may have
        /// taken effect.
        case overloaded
        /// It had too much to do, and took nothing on: later may help.
        case turnedAway
        /// Any other 4xx: the request can't succeed as it is.
        case rejected
        /// Any other 5xx.
        case failed
        /// An answer that is none of an engine's: a proxy's page, a redirect, a login page.
        case unexpectedAnswer
        /// An answer beyond what any that is meant can be.
        case answerTooLarge
        /// Another URL leads to another cluster.
        case otherCluster
        case cancelled
    }

    package let code: Code
    /// The HTTP status, if there was an answer.
    package let status: Int?
    /// The engine's exception type, such as `snapshot_exception`.
    package let type: String?
    /// What the engine, or the transport, said.
    package private(set) var reason: String
    /// What answered instead of an engine; nil where an engine did, or nothing.
    private var stranger: Stranger?
    /// How long it asked to be left alone.
    package var retryAfter: Duration?
    /// What of ours has to do with it, as far as that is known.
    package var concern: Concern?
    /// Whether it is the engine for drills, which has settings of its own.
    package var isOfDrills = false
    /// Whether a circuit breaker of the engine's refused it for what it would take: less at once may pass.
    package var asksForTooMuch = false

    /// Something of ours that an error may have to do with.
    package enum Concern: Sendable, Equatable {
        /// What the engine was shown that denied it.
        case credentials(EngineCredentials)
        /// What the engine says of the signature by which it was shown who asks.
        case signature(SignatureFault)
        /// The time that a request is given has passed.
        case requestTimeout
        /// The time that a delete is given has passed.
        case deleteTimeout
        /// Of TLS: our certificate, and what we trust.
        case clientCertificate, authority
    }

    package init(_ code: Code, status: Int? = nil, type: String? = nil, reason: String) {
        self.code = code
        self.status = status
        self.type = type
        self.reason = reason
    }

    /// Something else than an engine answered, such as a proxy: what it said, told as one line.
    init(_ code: Code, ofStranger server: String?, status: Int, _ words: String) {
        let stranger = Stranger(server: server, words: words)
        self.init(code, status: status, reason: stranger.sentence(status: status, url: nil))
        self.stranger = stranger
    }

    /// The one error of a request that no URL could serve: the code of what weighs most, the words of all.
    ///
    /// - Parameters:
    ///   - failures: at least one.
    ///   - isRead: of a write, what may have taken effect weighs most.
    init(ofAll failures: [EngineError], isRead: Bool) {
        func weight(_ error: EngineError) -> Int {
            (!isRead && error.mayHaveTakenEffect ? 4 : 0) + (error.code == .otherCluster ? 2 : 0)
                + (error.status != nil ? 1 : 0)
        }
        let worst = failures.reduce(failures[0]) { weight($1) > weight($0) ? $1 : $0 }
        self.init(
            worst.code, status: worst.status, type: worst.type, reason: failures.map(\.reason).joined(separator: "; "))
        retryAfter = failures.compactMap(\.retryAfter).min()
        (concern, stranger, asksForTooMuch) = (worst.concern, worst.stranger, worst.asksForTooMuch)
    }

    /// The same with the URL in its words, which a transport's error has already.
    func located(at url: String) -> EngineError {
        guard let status else { return self }
        var error = self
        error.reason = stranger?.sentence(status: status, url: url) ?? "\(url): \(reason)"
        return error
    }

    package var description: String {
        if stranger != nil { return reason }
        return switch (type, status) {
        case (let type?, let status?): "\(type): \(reason) (HTTP \(status))"
        case (nil, let status?): "\(reason) (HTTP \(status))"
        default: reason
        }
    }

    /// Whether something else than an engine answered.
    var isStrangers: Bool { stranger != nil }

    /// Whether waiting can cure it.
    package var isTransient: Bool {
        [.unreachable, .noAnswer, .busy, .overloaded, .turnedAway, .unexpectedAnswer, .unsigned].contains(code)
    }

    /// Whether no engine is there that could serve anything, as far as this URL tells: then another may be asked.
    package var meansNoUsableEngine: Bool {
        [.unreachable, .noAnswer, .untrusted, .overloaded, .turnedAway, .unexpectedAnswer, .otherCluster]
            .contains(code)
    }

    /// Whether a write that ended in this error may have been carried out all the same: then only asking tells.
    package var mayHaveTakenEffect: Bool {
        [.noAnswer, .overloaded, .failed, .unexpectedAnswer, .answerTooLarge, .nameTaken, .cancelled].contains(code)
    }

    /// Whether it is the everyday answer to a question about something that is not there.
    var saysOnlyThatNoneMatches: Bool { code == .snapshotMissing || code == .indexMissing }
}

/// Who answered with what no engine writes, and what it says.
private struct Stranger: Sendable, Equatable {
    /// As its `Server` field has it.
    let server: String?
    let words: String

    /// Such as `HTTP 401 from nginx at http://es:9200: a page named '401 Authorization Required'`.
    func sentence(status: Int, url: String?) -> String {
        let origin = [server.map { "from \($0)" }, url.map { "at \($0)" }].compactMap { $0 }.joined(separator: " ")
        return "HTTP \(status)\(origin.isEmpty ? "" : " \(origin)"): \(words)"
    }
}

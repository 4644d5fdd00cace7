internal import HTTP
internal import JSON

extension EngineError {
    init(_ error: HTTPTransportError) {
        let code: Code =
            switch error.code {
            case .nameNotResolved, .refused, .connectTimedOut, .cutOffUnsent: .unreachable
            case .timedOut, .cutOff, .other: .noAnswer
            case .untrusted, .tls: .untrusted
            case .plaintext: .unexpectedAnswer
            case .credentials, .authority: .credentials
            case .invalidRequest: .rejected
            case .tooLarge: .answerTooLarge
            case .cancelled: .cancelled
            }
        self.init(code, reason: error.message)
        concern =
            switch error.code {
            case .tls, .credentials: .clientCertificate
            case .untrusted, .authority: .authority
            default: nil
            }
    }

    /// Reads an error answer: `{"error":{"type","reason","caused_by"},"status"}`, an older `{"error":"words"}`, or what is no
    /// engine's: a proxy's page, a redirect.
    init(_ response: HTTPResponse) {
        if let cause = JSONValue(response.body)?["error"].flatMap(Cause.init) {
            let reason = cause.words
            // Elasticsearch 9 says of a time-out, whatever its type, that it is one.
            let code: Code =
                cause.hasTimedOut
                ? .overloaded
                : Self.code(
                    status: response.status, type: cause.type, reason: reason,
                    causes: cause.isCaused ? cause.causes : nil)
            self.init(cause.isFinal ? .rejected : code, status: response.status, type: cause.type, reason: reason)
            asksForTooMuch = ([cause.type] + cause.causes).contains(circuitBreaker)
        } else {
            self.init(
                isNotOffered(response) ? .notOffered : Self.code(ofPage: response.status),
                ofStranger: response.fields["Server"], status: response.status, words(of: response))
        }
        retryAfter = response.fields["Retry-After"].flatMap { Int64($0) }.map { .seconds(min(max($0, 0), 3_600)) }
    }

    /// The code of an answer that no engine has written.
    private static func code(ofPage status: Int) -> Code {
        switch status {
        case 401, 403: .denied
        case 429: .turnedAway
        case 502, 503, 504: .overloaded
        default: .unexpectedAnswer
        }
    }

    /// Classifies by the exception's type first, then by the status; by words only where the type does not tell
    /// (`facts/engines.md`).
    ///
    /// - Parameter causes: the types of what the exception names as its causes, as far as they have any; nil if it names none. A snapshot
    ///   whose blob can't be read is called missing, as one that doesn't exist is, but only the former for a reason.
    static func code(status: Int, type: String?, reason: String, causes: [String]? = nil) -> Code {
        let types = [type].compactMap { $0 } + (causes ?? [])
        return switch (status, type) {
        case (_, "repository_missing_exception"): .repositoryMissing
        case (_, "snapshot_missing_exception"): causes == nil ? .snapshotMissing : .snapshotUnreadable
        // 503 while a node starts, which waiting cures; 403 for a block that somebody has set.
        case (503, "cluster_block_exception"): .overloaded
        case (_, "cluster_block_exception"): .blocked
        case (_, "index_not_found_exception"): .indexMissing
        case (_, "snapshot_name_already_in_use_exception"): .nameTaken
        case (400, "invalid_snapshot_name_exception")
        where reason.contains("already exists") || reason.contains("already in-progress"):
            .nameTaken
        case (_, "concurrent_snapshot_execution_exception"), (_, "snapshot_in_progress_exception"): .busy
        case (401, _), (403, _): .denied
        // Whatever the status: an engine's own time-outs are 429, 500 or 503, by its kind and its release.
        case _ where types.contains(where: timeOuts.contains): .overloaded
        case (_, let type?) where refusals.contains(type): .turnedAway
        // Something was begun, and met it on its way.
        case _ where types.contains(circuitBreaker): .overloaded
        case (429, _): .turnedAway
        case (502, _), (503, _), (504, _): .overloaded
        case (400..<500, _): .rejected
        default: .failed
        }
    }
}

/// What an engine says that has waited in vain, for its master or for another node: who was waited for may carry it out all the same.
private let timeOuts: Set<String> = [
    "process_cluster_event_timeout_exception", "master_not_discovered_exception",
    "cluster_manager_not_discovered_exception", "receive_timeout_transport_exception", "timeout_exception",
]

private let circuitBreaker = "circuit_breaking_exception"

/// What an engine says before it has begun with anything.
private let refusals: Set<String> = [
    circuitBreaker, "es_rejected_execution_exception", "rejected_execution_exception",
    "cluster_manager_throttling_exception",
]

/// What an engine says of an error.
private struct Cause {
    let type: String?
    /// The types of what caused it, and of what caused that.
    let causes: [String]
    /// The reason and those of what caused it, each once.
    let words: String
    let isCaused: Bool
    let hasTimedOut: Bool
    /// Whether a circuit breaker refuses it for its own size, and will the next time as well.
    ///
    /// The one over all of them, `[parent]`, tells by `PERMANENT` only what else holds the memory.
    let isFinal: Bool

    /// An object, or words alone; nil for anything else.
    init?(_ json: JSONValue) {
        switch json {
        case .string(let words):
            (type, causes, self.words, isCaused, hasTimedOut, isFinal) = (nil, [], words, false, false, false)
        case .object:
            let cause = json["caused_by"].flatMap(Cause.init)
            (type, isCaused) = (json["type"]?.string, cause != nil)
            causes = cause.map { [$0.type].compactMap { $0 } + $0.causes } ?? []
            let own = json["reason"]?.string ?? type ?? "no reason given"
            hasTimedOut = json["timed_out"] == true || cause?.hasTimedOut ?? false
            isFinal = json["durability"] == "PERMANENT" && !own.hasPrefix("[parent]")
            words = cause.flatMap { own.contains($0.words) ? nil : "\(own); caused by: \($0.words)" } ?? own
        default: return nil
        }
    }
}

/// Whether it is Amazon's word for a call that its service does not have.
private func isNotOffered(_ response: HTTPResponse) -> Bool {
    response.status == 401 && response.amazonMessage?.contains("is not allowed") == true
}

extension HTTPResponse {
    /// What Amazon says of a request that did not reach the engine: the first line, since others may repeat what was signed.
    package var amazonMessage: String? {
        guard let json = JSONValue(body), let message = (json["message"] ?? json["Message"])?.string else { return nil }
        return message.split(whereSeparator: \.isNewline).first.map { String($0.prefix(300)) }
    }
}

/// What an answer that is no engine's says, so that a person sees who answered.
private func words(of response: HTTPResponse) -> String {
    switch response.status {
    case 300..<400:
        let location = response.fields["Location"] ?? "nowhere"
        return
            "it redirects to \(location), which is not followed: engine.urls must name where the engine itself answers"
    case _ where response.amazonMessage != nil: return response.amazonMessage ?? ""
    case 401 where !response.body.starts(with: Array("<".utf8)):
        let kind = response.fields["WWW-Authenticate"].map { " (it takes \($0))" } ?? ""
        return "\(response.body.isEmpty ? "Unauthorized" : excerpt(response.body))\(kind)"
    default: return excerpt(response.body)
    }
}

/// What stands in a body, for a message, on one line: of a page its title, else the first 200 characters of its text.
func excerpt(_ body: [UInt8]) -> String {
    let text = String(decoding: body.prefix(4_096), as: UTF8.self)
    guard text.first(where: { !$0.isWhitespace }) == "<" else { return firstWords(of: text) }
    if let start = text.firstRange(of: "<title>"), let end = text.firstRange(of: "</title>"),
        start.upperBound <= end.lowerBound
    {
        return "a page named '\(firstWords(of: text[start.upperBound..<end.lowerBound]))'"
    }
    // A tag ends a word.
    let pieces = text.split(separator: "<").map { $0.split(separator: ">", maxSplits: 1).dropFirst().first ?? "" }
    return "a page: \(firstWords(of: pieces.joined(separator: " ")))"
}

private func firstWords(of text: some StringProtocol) -> String {
    let words = text.split { $0.isWhitespace }.joined(separator: " ")
    return words.isEmpty ? "empty" : words.count > 200 ? words.prefix(199) + "…" : words
}

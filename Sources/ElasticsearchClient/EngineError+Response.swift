internal import FoundationEssentials
internal import HTTP

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
        let cause = (try? JSONDecoder().decode(ErrorBody.self, from: Data(response.body)))?.error
        if let cause {
            let reason = cause.words
            let code = Self.code(
                status: response.status, type: cause.type, reason: reason, isCaused: cause.caused_by != nil)
            // What an engine refuses for its size it refuses the next time as well.
            let isFinal = cause.durability == "PERMANENT"
            self.init(isFinal ? .rejected : code, status: response.status, type: cause.type, reason: reason)
        } else {
            self.init(Self.code(ofPage: response.status), status: response.status, reason: words(of: response))
        }
        retryAfter = response.fields["Retry-After"].flatMap { Int64($0) }.map { .seconds(min(max($0, 0), 3_600)) }
    }

    /// The code of an answer that no engine has written.
    private static func code(ofPage status: Int) -> Code {
        switch status {
        case 401, 403: .denied
        case 429, 502, 503, 504: .overloaded
        default: .unexpectedAnswer
        }
    }

    /// Classifies by the exception's type first, then by the status; by words only where the type does not tell
    /// (`facts/engines.md`).
    ///
    /// - Parameter isCaused: whether the exception names another as its cause. A snapshot whose blob can't be read is called
    ///   missing, as one that doesn't exist is, but only the former for a reason.
    static func code(status: Int, type: String?, reason: String, isCaused: Bool = false) -> Code {
        switch (status, type) {
        case (_, "repository_missing_exception"): .repositoryMissing
        case (_, "snapshot_missing_exception"): isCaused ? .snapshotUnreadable : .snapshotMissing
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
        case (429, _), (502, _), (503, _), (504, _): .overloaded
        case (400..<500, _): .rejected
        default: .failed
        }
    }
}

private struct ErrorBody: Decodable {
    struct Cause: Decodable {
        let type: String?
        let reason: String?
        let caused_by: CauseBox?
        /// Of a circuit breaker: `TRANSIENT` or `PERMANENT`.
        var durability: String?

        init(from decoder: any Decoder) throws {
            if let words = try? decoder.singleValueContainer().decode(String.self) {
                (type, reason, caused_by) = (nil, words, nil)
                return
            }
            let container = try decoder.container(keyedBy: Key.self)
            type = try container.decodeIfPresent(String.self, forKey: .type)
            reason = try container.decodeIfPresent(String.self, forKey: .reason)
            caused_by = try container.decodeIfPresent(CauseBox.self, forKey: .caused_by)
            durability = try? container.decodeIfPresent(String.self, forKey: .durability)
        }

        enum Key: String, CodingKey { case type, reason, caused_by, durability }

        /// The reason and those of what caused it, each once.
        var words: String {
            let own = reason ?? type ?? "no reason given"
            guard let cause = caused_by?.cause.words, !own.contains(cause) else { return own }
            return "\(own); caused by: \(cause)"
        }
    }

    /// A class, because a structure can't contain itself.
    final class CauseBox: Decodable {
        let cause: Cause

        init(from decoder: any Decoder) throws { cause = try Cause(from: decoder) }
    }

    let error: Cause
}

/// What an answer that is no engine's says, so that a person sees who answered.
private func words(of response: HTTPResponse) -> String {
    switch response.status {
    case 300..<400:
        let location = response.fields["Location"] ?? "nowhere"
        return
            "it redirects to \(location), which is not followed: engine.urls must name where the engine itself answers"
    case 401 where !response.body.starts(with: Array("<".utf8)):
        let kind = response.fields["WWW-Authenticate"].map { " (it takes \($0))" } ?? ""
        return "\(response.body.isEmpty ? "Unauthorized" : excerpt(response.body))\(kind)"
    default: return "the answer is not an engine's: \(excerpt(response.body))"
    }
}

/// What stands in a body, for a message: of a page its title, else the first 200 characters.
func excerpt(_ body: [UInt8]) -> String {
    let text = String(decoding: body.prefix(4_096), as: UTF8.self).drop { $0.isWhitespace }
    guard let first = text.first else { return "empty" }
    guard first == "<", let start = text.firstRange(of: "<title>"),
        let end = text.firstRange(of: "</title>"), start.upperBound <= end.lowerBound
    else { return String(text.prefix(200)) }
    let title = text[start.upperBound..<end.lowerBound].split { $0.isWhitespace }.joined(separator: " ")
    return "a page named '\(title)'"
}

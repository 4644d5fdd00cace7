internal import FoundationEssentials
internal import HTTP

/// Why the engine did not do what was asked.
package struct EngineError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// No connection: refused, no such name, no answer to connecting.
        case unreachable
        /// Connected, but no answer in time, or the connection broke: a write may have taken effect.
        case noAnswer
        /// TLS failed, or the engine's certificate is not trusted.
        case untrusted
        /// Our own certificate, key or CA file can't be used.
        case credentials
        /// 401 or 403.
        case denied
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
        /// 429, 502, 503, 504: later may help.
        case overloaded
        /// Any other 4xx: the request can't succeed as it is.
        case rejected
        /// Any other 5xx.
        case failed
        /// An answer that is none of an engine's.
        case unexpectedAnswer
        case cancelled
    }

    package let code: Code
    /// The HTTP status, if there was an answer.
    package let status: Int?
    /// The engine's exception type, such as `snapshot_exception`.
    package let type: String?
    /// What the engine, or the transport, said.
    package let reason: String

    package init(_ code: Code, status: Int? = nil, type: String? = nil, reason: String) {
        self.code = code
        self.status = status
        self.type = type
        self.reason = reason
    }

    package var description: String {
        switch (type, status) {
        case (let type?, let status?): "\(type): \(reason) (HTTP \(status))"
        case (nil, let status?): "\(reason) (HTTP \(status))"
        default: reason
        }
    }

    /// Whether waiting can cure it.
    package var isTransient: Bool {
        switch code {
        case .unreachable, .noAnswer, .busy, .overloaded: true
        case .untrusted, .credentials, .denied, .repositoryMissing, .snapshotMissing, .snapshotUnreadable,
            .indexMissing,
            .blocked, .nameTaken, .rejected, .failed, .unexpectedAnswer, .cancelled:
            false
        }
    }
}

extension EngineError {
    init(_ error: HTTPTransportError) {
        let code: Code =
            switch error.code {
            case .nameNotResolved, .refused, .connectTimedOut: .unreachable
            case .timedOut, .cutOff, .other: .noAnswer
            case .untrusted, .tls: .untrusted
            case .credentials: .credentials
            case .tooLarge: .unexpectedAnswer
            case .invalidRequest: .rejected
            case .cancelled: .cancelled
            }
        self.init(code, reason: error.message)
    }

    /// Reads an error answer: `{"error":{"type","reason","caused_by"},"status"}`, an older `{"error":"words"}`, or a proxy's page.
    init(_ response: HTTPResponse) {
        let body = try? JSONDecoder().decode(ErrorBody.self, from: Data(response.body))
        let type = body?.error.type
        let reason = body?.error.words ?? "the answer is not an engine's: \(excerpt(response.body))"
        let code = Self.code(
            status: response.status, type: type, reason: reason, isCaused: body?.error.caused_by != nil)
        self.init(code, status: response.status, type: type, reason: reason)
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

        init(from decoder: any Decoder) throws {
            if let words = try? decoder.singleValueContainer().decode(String.self) {
                (type, reason, caused_by) = (nil, words, nil)
                return
            }
            let container = try decoder.container(keyedBy: Key.self)
            type = try container.decodeIfPresent(String.self, forKey: .type)
            reason = try container.decodeIfPresent(String.self, forKey: .reason)
            caused_by = try container.decodeIfPresent(CauseBox.self, forKey: .caused_by)
        }

        enum Key: String, CodingKey { case type, reason, caused_by }

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

/// The first 200 characters, for a message.
private func excerpt(_ body: [UInt8]) -> String {
    body.isEmpty ? "empty" : String(decoding: body.prefix(200), as: UTF8.self)
}

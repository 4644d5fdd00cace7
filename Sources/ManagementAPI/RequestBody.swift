internal import JSON
internal import Time

/// What the body of a hold, or of a pause, says: nothing, or why and until when.
struct MarkerBody: Sendable, Equatable {
    let reason: String
    /// Nil for ever.
    let until: Instant?

    /// Reads a body; an empty one says nothing, and null is no value.
    ///
    /// - Throws: what is wrong, and what is allowed.
    init(_ bytes: [UInt8]) throws(JSONError) {
        let example = #"{"reason":"audit","until":"2027-01-31T12:00:00Z"}"#
        let body = bytes.isEmpty ? [:] : try JSONValue(body: bytes, suchAs: example)
        if let key = body.keys.first(where: { !["reason", "until"].contains($0) }) {
            throw JSONError("unknown key \"\(key)\" in the body; allowed are reason and until, both optional")
        }
        do throws(JSONError) {
            reason = try body.optional("reason") ?? ""
            until = try body.optional("until").map { (text) throws(JSONError) in try MarkerBody.time(text) }
        } catch {
            throw JSONError(
                "\(error); allowed are a reason that is text, and until, a time such as \"2027-01-31T12:00:00Z\"")
        }
    }

    private static func time(_ text: String) throws(JSONError) -> Instant {
        guard let time = try? Instant(rfc3339: text) else { throw JSONError("\"until\": '\(text)' is no time") }
        return time
    }
}

extension JSONValue {
    /// Reads a request's body: an object in which no key stands twice.
    ///
    /// - Parameter example: of a good one, for the message.
    /// - Throws: what is wrong, and where.
    init(body bytes: [UInt8], suchAs example: String) throws(JSONError) {
        func refused(_ reason: String) -> JSONError {
            JSONError("the body must be JSON such as \(example): \(reason)")
        }
        do throws(JSONError) {
            self = try JSONValue(reading: bytes, duplicateKeys: .refused)
        } catch {
            throw refused("\(error)")
        }
        guard case .object = self else { throw refused("this is no object") }
    }
}

/// What the body of a request for a verification says.
struct VerifyBody: Sendable, Equatable {
    let isDrill: Bool

    /// Reads a body; an empty one says nothing.
    ///
    /// - Throws: what is wrong, and what is allowed.
    init(_ bytes: [UInt8]) throws(JSONError) {
        let body = bytes.isEmpty ? [:] : try JSONValue(body: bytes, suchAs: #"{"drill":true}"#)
        if let key = body.keys.first(where: { $0 != "drill" }) {
            throw JSONError("unknown key \"\(key)\" in the body; allowed is drill")
        }
        switch body["drill"] {
        case .boolean(let value): isDrill = value
        case nil, .null: isDrill = false
        default: throw JSONError("\"drill\" is neither true nor false")
        }
    }
}

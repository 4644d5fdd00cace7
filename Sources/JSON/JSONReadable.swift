/// What can be made of a JSON value, and nothing of one of another kind.
package protocol JSONReadable {
    /// - Throws: what was expected.
    init(json: JSONValue) throws(JSONError)

    /// Reads a JSON text.
    static func read(_ bytes: [UInt8]) throws(JSONError) -> Self
}

extension JSONReadable {
    package static func read(_ bytes: [UInt8]) throws(JSONError) -> Self {
        try Self(json: try JSONValue(reading: bytes))
    }
}

extension JSONValue {
    /// The member of that name.
    ///
    /// - Throws: also if there is none.
    package func required<Value: JSONReadable>(_ key: String) throws(JSONError) -> Value {
        guard let value: Value = try optional(key) else { throw JSONError("there is no \"\(key)\"") }
        return value
    }

    /// The member of that name; nil if there is none, or null.
    ///
    /// - Throws: if it is of another kind.
    package func optional<Value: JSONReadable>(_ key: String) throws(JSONError) -> Value? {
        guard case .object(let members) = self else { throw JSONError("expected an object") }
        guard let member = members[key], member != .null else { return nil }
        do throws(JSONError) {
            return try Value(json: member)
        } catch {
            throw JSONError("\"\(key)\": \(error.reason)")
        }
    }
}

extension JSONValue: JSONReadable {
    package init(json: JSONValue) { self = json }
}

extension String: JSONReadable {
    package init(json: JSONValue) throws(JSONError) {
        guard let text = json.string else { throw JSONError("expected text") }
        self = text
    }
}

extension Int64: JSONReadable {
    package init(json: JSONValue) throws(JSONError) {
        guard let number = json.integer else { throw JSONError("expected a whole number") }
        self = number
    }
}

extension Int: JSONReadable {
    package init(json: JSONValue) throws(JSONError) { self.init(try Int64(json: json)) }
}

extension Array: JSONReadable where Element: JSONReadable {
    package init(json: JSONValue) throws(JSONError) {
        guard let elements = json.array else { throw JSONError("expected an array") }
        self = []
        reserveCapacity(elements.count)
        for element in elements { append(try Element(json: element)) }
    }
}

extension Dictionary: JSONReadable where Key == String, Value: JSONReadable {
    package init(json: JSONValue) throws(JSONError) {
        guard case .object(let members) = json else { throw JSONError("expected an object") }
        self = [:]
        reserveCapacity(members.count)
        for (key, value) in members { self[key] = try Value(json: value) }
    }
}

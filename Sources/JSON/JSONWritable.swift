/// What can be written as a JSON value.
package protocol JSONWritable {
    var json: JSONValue { get }
}

extension JSONValue: JSONWritable {
    package var json: JSONValue { self }
}

extension String: JSONWritable {
    package var json: JSONValue { .string(self) }
}

extension Bool: JSONWritable {
    package var json: JSONValue { .boolean(self) }
}

extension Int: JSONWritable {
    package var json: JSONValue { .integer(Int64(self)) }
}

extension Int64: JSONWritable {
    package var json: JSONValue { .integer(self) }
}

extension Double: JSONWritable {
    package var json: JSONValue { .number(self) }
}

/// What is absent is written as null, so that every key is always there.
extension Optional: JSONWritable where Wrapped: JSONWritable {
    package var json: JSONValue { self?.json ?? .null }
}

extension Array: JSONWritable where Element: JSONWritable {
    package var json: JSONValue { .array(map(\.json)) }
}

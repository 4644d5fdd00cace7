internal import FoundationEssentials

extension JSONValue {
    /// Reads a JSON text; nil for anything else.
    package init?(_ bytes: [UInt8]) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else { return nil }
        self = value
    }

    /// As JSON, keys sorted, slashes left alone; equal values are equal bytes.
    ///
    /// A number that JSON doesn't know, such as infinity, makes it empty.
    package var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { [UInt8]($0) } ?? []
    }

    /// The members' names, sorted, if this is an object.
    package var keys: [String] {
        guard case .object(let members) = self else { return [] }
        return members.keys.sorted()
    }

    package var boolean: Bool? {
        guard case .boolean(let value) = self else { return nil }
        return value
    }

    /// The texts among an array's elements; none if this is no array.
    package var strings: [String] { array?.compactMap(\.string) ?? [] }
}

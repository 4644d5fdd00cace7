extension JSONValue {
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

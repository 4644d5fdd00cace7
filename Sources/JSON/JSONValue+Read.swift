extension JSONValue {
    /// What becomes of a key that an object has twice.
    package enum DuplicateKeys: Sendable {
        case refused
        /// As engines and most libraries do: the last one counts.
        case lastCounts
    }

    /// Reads a JSON text, by RFC 8259; nothing else, and nothing after it.
    ///
    /// Whole numbers from -2^63 to 2^63-1 are exact, all others the nearest double, perhaps infinite. Half of a surrogate pair
    /// in an escape is no character: something else stands in its place. Arrays and objects may stand 1000 deep.
    package init(reading bytes: [UInt8], duplicateKeys: DuplicateKeys = .lastCounts) throws(JSONError) {
        self = try JSONReader(duplicateKeys).read(bytes)
    }

    /// The same for an object with a long array in it: each element is given away as soon as it is read, and the array stays empty.
    ///
    /// - Parameters:
    ///   - key: the array's in the outermost object.
    ///   - take: what it throws ends the reading.
    package init(
        reading bytes: [UInt8], eachIn key: String, _ take: @escaping (JSONValue) throws(JSONError) -> Void
    ) throws(JSONError) {
        self = try JSONReader(.lastCounts, eachIn: key, take).read(bytes)
    }

    /// Reads a JSON text; nil for anything else.
    package init?(_ bytes: [UInt8]) {
        guard let value = try? JSONValue(reading: bytes) else { return nil }
        self = value
    }
}

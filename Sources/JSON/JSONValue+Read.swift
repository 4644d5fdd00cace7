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

    /// Reads a JSON text; nil for anything else.
    package init?(_ bytes: [UInt8]) {
        guard let value = try? JSONValue(reading: bytes) else { return nil }
        self = value
    }
}

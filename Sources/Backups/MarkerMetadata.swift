internal import JSON

/// What a marker's `metadata` holds, of which engines take 1024 bytes.
struct MarkerMetadata {
    private var members: [String: JSONValue]

    /// Of all of it.
    static let maximumSize = 1_024

    /// - Parameter members: all but the reason.
    init(_ members: [String: JSONValue]) {
        self.members = members
        self.members["reason"] = ""
    }

    var json: JSONValue { .object(members) }

    /// With a reason that somebody gave.
    ///
    /// - Throws: `.invalidID` if it does not fit, and says how much does.
    func adding(reason: String) throws(BackupError) -> MarkerMetadata {
        let (size, room) = (JSONValue.string(reason).sizeInMetadata - 2, Self.maximumSize - json.sizeInMetadata)
        guard size <= room else {
            throw BackupError(
                .invalidID,
                "the reason takes \(size) bytes: allowed are \(room), which is what the engine's \(Self.maximumSize) leave for it"
            )
        }
        return replacing(reason)
    }

    /// With as much of the words as fits, and a few hundred characters at most.
    func adding(words: String) -> MarkerMetadata {
        var words = String(words.prefix(200))
        while replacing(words).json.sizeInMetadata > Self.maximumSize { words.removeLast() }
        return replacing(words)
    }

    private func replacing(_ reason: String) -> MarkerMetadata {
        var metadata = self
        metadata.members["reason"] = .string(reason)
        return metadata
    }
}

extension JSONValue {
    /// In bytes, and rather more than what an engine counts: it takes six for a character beyond U+FFFF, and fewer than JSON for all others.
    var sizeInMetadata: Int {
        let bytes = bytes
        return bytes.count + 2 * bytes.count { $0 >= 0xF0 }
    }
}

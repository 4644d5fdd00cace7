internal import ElasticsearchClient
package import Time

/// What identifies a backup: text in Optimize 3.9, a whole number from Optimize 3.10 on.
package struct BackupID: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// Reads an id as Optimize 3.9 accepts it, less what the engines refuse in a snapshot's name.
    ///
    /// - Throws: `BackupError` with code `.invalidID` and a message that says what is allowed.
    package init(_ text: String) throws(BackupError) {
        guard let problem = Self.problem(of: text) else {
            description = text
            return
        }
        throw BackupError(
            .invalidID,
            "a backup id must not \(problem); allowed are all characters but "
                + "upper-case letters, white space, control and invisible characters and any of \(forbidden)")
    }

    /// The id of a fire time: `yyyyMMddHHmmss` in UTC, valid in both generations.
    package init(fireTime: Instant) {
        description = fireTime.compactUTC
    }

    /// An id that stands in a snapshot's name already.
    init(unchecked text: String) {
        description = text
    }

    /// The second that the id names, if it is one of a fire time.
    package var fireTime: Instant? { try? Instant(compactUTC: description) }

    /// The number of Optimize 3.10 and later: 0 to 2^63-1, no leading zero; nil if it is only text.
    package var number: Int64? {
        guard let number = Int64(description), number >= 0, String(number) == description else { return nil }
        return number
    }

    /// In bytes as they travel, percent-encoded; whatever the repository's name, no longer one fits into the engine's longest request
    /// line of 4096 bytes.
    package static let maximumLength = 3_800

    private static func problem(of text: String) -> String? {
        if text.isEmpty { return "be empty" }
        if pathComponent(text).utf8.count > maximumLength {
            return
                "be longer than \(maximumLength) bytes, of which all but ASCII letters, digits, '-', '_' and '.' take three for each"
        }
        for character in text {
            if character.isUppercase { return "contain the upper-case letter '\(character)'" }
            for scalar in character.unicodeScalars {
                if scalar.properties.isWhitespace { return "contain white space" }
                if forbidden.contains(scalar) { return "contain '\(scalar)'" }
                if scalar.properties.generalCategory == .control { return "contain a control character" }
                if scalar.isInvisible {
                    return "contain the invisible character U+\(String(scalar.value, radix: 16, uppercase: true))"
                }
            }
        }
        return nil
    }
}

extension Unicode.Scalar {
    /// Whether it has no width, or turns the direction of writing: two ids that look alike would be two backups.
    fileprivate var isInvisible: Bool {
        properties.generalCategory == .format || properties.isDefaultIgnorableCodePoint
    }
}

/// What Elasticsearch and OpenSearch refuse in the name of a snapshot, and `%`, which some proxies decode twice.
private let forbidden = "\"*\\<|,>/?#%".unicodeScalars

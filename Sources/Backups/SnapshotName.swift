/// The name of one part of a backup: `camunda_optimize_{id}_{version}_part_{n}_of_{count}`.
///
/// Ids may contain `_`, so that a pattern with a wildcard also finds other backups' snapshots: only this anchored reading
/// tells whose a snapshot is.
package struct SnapshotName: Sendable, Hashable, CustomStringConvertible {
    package let id: BackupID
    /// Optimize's version, in lower case.
    package let version: String
    private let number: UInt8
    private let count: UInt8

    /// - Parameters:
    ///   - part: 1 to 9.
    ///   - partCount: 1 to 9.
    package init(id: BackupID, version: String, part: Int, partCount: Int = 2) {
        self.id = id
        self.version = version
        (number, count) = (UInt8(part), UInt8(partCount))
    }

    /// 1 to 9.
    package var part: Int { Int(number) }

    /// 1 to 9.
    package var partCount: Int { Int(count) }

    /// Reads a name as `^camunda_optimize_(.+)_([^_]+)_part_([1-9])_of_([1-9])$`; nil for any other.
    package init?(_ name: String) {
        guard name.hasPrefix(Self.prefix) else { return nil }
        let fields = name.dropFirst(Self.prefix.count).split(separator: "_", omittingEmptySubsequences: false)
        guard fields.count >= 6, fields[fields.count - 4] == "part", fields[fields.count - 2] == "of",
            let part = digit(fields[fields.count - 3]), let count = digit(fields[fields.count - 1])
        else { return nil }
        let version = fields[fields.count - 5]
        let id = fields.dropLast(5).joined(separator: "_")
        guard !id.isEmpty, !version.isEmpty else { return nil }
        self.init(id: BackupID(unchecked: id), version: String(version), part: part, partCount: count)
    }

    package var description: String { "\(Self.prefix)\(id)_\(version)_part_\(part)_of_\(partCount)" }

    /// The part that follows in the same backup.
    package var next: SnapshotName { SnapshotName(id: id, version: version, part: part + 1, partCount: partCount) }

    static let prefix = "camunda_optimize_"

    /// Finds every backup's snapshots, and perhaps others.
    package static let pattern = "\(prefix)*"

    /// Finds all snapshots of a backup, and perhaps others.
    package static func pattern(of id: BackupID) -> String { "\(prefix)\(id)_*" }
}

private func digit(_ field: Substring) -> Int? {
    guard field.utf8.count == 1, let digit = Int(field), digit >= 1 else { return nil }
    return digit
}

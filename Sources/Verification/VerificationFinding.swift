package import JSON
internal import Restores

/// Something that a verification has found amiss.
package struct VerificationFinding: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        // Of the repository as a whole, which says nothing of this backup.
        /// Its storage refuses to be written.
        case repository
        /// The engine's own check of it has found something.
        case integrity
        // Of the backup.
        case partMissing
        case partNotSuccessful
        case partUnreadable
        case indexMissing
        case notGood
        /// It does not come out of the snapshot.
        case notRestored
        /// It came back, and a search in it fails.
        case searchFailed
        /// Not as many documents came back as there were.
        case countDiffers
    }

    package let kind: Kind
    package let message: String
    /// Snapshots or indices.
    package let names: [String]

    package init(_ kind: Kind, _ message: String, names: [String] = []) {
        (self.kind, self.message, self.names) = (kind, message, names)
    }

    /// The same as whoever restores it would be told; nil for what says nothing of the backup.
    init?(_ flaw: RestoreObstacle) {
        guard let kind = Kind(rawValue: flaw.kind.rawValue) else { return nil }
        self.init(kind, flaw.message, names: flaw.names)
    }

    /// Whether the backup can't be relied on.
    package var isVerdict: Bool { kind != .repository && kind != .integrity }
}

extension VerificationFinding: JSONWritable {
    package var json: JSONValue { ["kind": kind.rawValue.json, "message": message.json, "names": names.json] }
}

extension VerificationFinding: CustomStringConvertible {
    package var description: String { names.isEmpty ? message : "\(message): \(names.joined(separator: ", "))" }
}

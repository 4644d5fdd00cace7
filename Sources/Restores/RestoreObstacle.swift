package import JSON
internal import Text

/// Something in the way of a restore, and what to do about it.
package struct RestoreObstacle: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A part of the backup is missing, or none of its state is one that can be restored.
        case partMissing
        case partNotSuccessful
        /// The storage does not give what stands in a part.
        case partUnreadable
        /// A part names indices of which nothing stands in the repository.
        case indexMissing
        /// The backup is FAILED though its parts are good.
        case notGood
        /// This engine refuses what stands in it.
        case engineVersion
        /// Optimize is of another version than the backup.
        case optimizeVersion
        /// Indices under names of the backup.
        case indicesInTheWay
        /// Indices of the prefix of which the backup has none.
        case otherIndices
        /// Indices that came while the restore was interrupted.
        case indicesMadeSince
        /// Something writes to the indices.
        case optimizeWrites
        case aliases
        case nodes
        case disk
        case shards
        /// A drill would be larger than it may be, or nobody can tell how large.
        case size
        /// A drill would take longer than it may.
        case time
        case snapshotRunning
        case restoreRunning
        /// No marker can stand that keeps backups from beginning.
        case marker
        /// A right is missing.
        case rights
        /// Some indices are hidden from the engine's user.
        case indicesHidden
    }

    package let kind: Kind
    /// What is in the way, and how it is got out of it.
    package let message: String
    /// Indices, snapshots, aliases, rights: what the message is about, in full.
    package let names: [String]

    package init(_ kind: Kind, _ message: String, names: [String] = []) {
        self.kind = kind
        self.message = message
        self.names = names
    }
}

extension RestoreObstacle: JSONWritable {
    package var json: JSONValue {
        ["kind": kind.rawValue.json, "message": message.json, "names": names.json]
    }
}

extension RestoreObstacle: CustomStringConvertible {
    package var description: String {
        names.isEmpty ? message : "\(message): \(names.joined(separator: ", "))"
    }
}

package import JSON
package import Time

extension EngineState {
    /// An index of one shard, without replicas.
    package struct Index: Sendable, Equatable {
        package var aliases: [String] = []
        /// By id.
        package var documents: [String: JSONValue] = [:]
        /// How many writes it has seen, which a restore brings back as well.
        package var writes: Int64 = 0
        /// False for an index whose primary shard has no node, or is not there yet.
        package var isAssigned = true
        package var isOpen = true
        /// When it was created, which a restore keeps; told at the next request where nobody has said.
        package var created: Instant?
        /// Of the engine that made it, as indices tell it; nil for this one's.
        package var version: Int64?
        /// When it last came out of a snapshot.
        package var restored: Instant?
        /// What it comes out of at the moment.
        package internal(set) var restoring: Restoring?
        /// Why its primary shard is not there.
        var whyUnassigned = WhyUnassigned.created

        package init(aliases: [String] = [], isAssigned: Bool = true) {
            self.aliases = aliases
            self.isAssigned = isAssigned
        }

        /// Writes a document, as Optimize does.
        package mutating func write(_ document: JSONValue, as id: String) {
            documents[id] = document
            writes += 1
        }

        /// What it holds on the disk.
        var bytes: Int64 { 200 + writes * 1_000 }
    }

    /// Where an index comes from, and until when.
    package struct Restoring: Sendable, Equatable {
        let repository: String
        let snapshot: String
        let start: Instant
        package let end: Instant

        /// In the engine's words.
        var details: String { "restore_source[\(repository)/\(snapshot)]" }
    }

    /// Why a primary shard is without a node, as real engines call it.
    enum WhyUnassigned: String, Sendable {
        case created = "INDEX_CREATED"
        case closed = "INDEX_CLOSED"
        case reopened = "INDEX_REOPENED"
        case restored = "NEW_INDEX_RESTORED"
        case restoredOverClosed = "EXISTING_INDEX_RESTORED"
        case clusterRecovered = "CLUSTER_RECOVERED"
    }
}

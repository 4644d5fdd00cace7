/// Whose backup it is: several Optimizes may share a repository, and each sees only its own.
package struct BackupOwner: Sendable, Hashable {
    /// The uuid of the engine's cluster.
    package let cluster: String
    /// The complete prefix of the indices.
    package let prefix: String

    package init(cluster: String, prefix: String) {
        self.cluster = cluster
        self.prefix = prefix
    }
}

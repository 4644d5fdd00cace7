internal import Text

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

    /// Stands for it in a marker's name: 16 hexadecimal digits of FNV-1a over the cluster's uuid, a newline and the prefix.
    package var hash: String { fnv1a("\(cluster)\n\(prefix)").hexDigits }
}

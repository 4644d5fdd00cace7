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
    package var hash: String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(cluster)\n\(prefix)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

package import ElasticsearchClient

/// What a look at the repository showed.
package struct RepositoryLook: Sendable {
    package let engine: EngineDescription
    /// This Optimize's, newest first, and those without a time last; a backup that has not been read yet is not among them.
    package let backups: [Backup]
    package let markers: Markers
    /// The other clusters with backups of our prefix, by their uuids.
    package let clusters: [OtherCluster]
    /// Grows when a look shows other backups, or other markers, than the one before.
    package let revision: Int
    /// How many snapshots have not been read yet.
    package let unread: Int
    /// Snapshots of ours, by name, that can't be read.
    package let unreadable: [String]
    /// What is named like a marker and is none: it stops nothing.
    package let strangers: [String]

    /// Whether time alone may change what a backup is called: while a part 2 may follow it is in progress, then incomplete.
    var dependsOnTime: Bool {
        backups.contains { [.inProgress, .incomplete].contains($0.state) }
            || clusters.contains { other in other.backups.contains { $0.state == .inProgress } }
    }
}

package import Backups
package import ElasticsearchClient
package import Time

/// What a look has shown that a restore depends on.
package struct RestoreFindings: Sendable {
    /// Of one part.
    package enum Contents: Sendable {
        case read(SnapshotContents)
        /// In the storage's own words.
        case unreadable(String)
    }

    /// Read afresh.
    package var backup: Backup
    /// Of the parts that count, by the names of their snapshots.
    package var contents: [String: Contents]
    package var engine: EngineDescription
    /// Optimize's prefix, which the backup has as well.
    package var prefix: String
    /// What stands under the prefix, or under the new one.
    package var standing: IndexSelection
    /// Of every index that has the prefix in its name or in an alias, by index.
    package var aliases: [String: [String]]
    /// As Optimize's own index tells it; nil where that is gone, or tells none.
    package var optimizeVersion: String?
    /// What open indices hold; closed ones are left out.
    package var statistics: [String: IndexStatistics] = [:]
    /// Indices to which something was written while it was looked.
    package var written: [String] = []
    package var creationDates: [String: Instant] = [:]
    /// Nil where our user may not ask.
    package var capacity: EngineCapacity?
    /// Bytes a second that a node reads from the repository at most; nil without a limit.
    package var restoreRate: Int64?
    /// Snapshots that run in the repository, or have indices of the prefix, as `REPOSITORY/SNAPSHOT`.
    package var snapshotsUnderWay: [String] = []
    /// Backups of this Optimize of which a part may still follow.
    package var backupsUnderWay: [Backup] = []
    /// Indices that come out of a snapshot now.
    package var recovering: [String] = []
    /// Of the indices that come back, those that stand.
    package var primaries: [String: [PrimaryShard]] = [:]
    package var markers: Markers
    /// Whether the process that wrote the standing marker is known to be gone.
    package var isInterrupted = false
    /// Why no marker can stand; nil if one can.
    package var whyNoMarker: String?
    package var missingRights: [String] = []
    /// Of this Optimize, newer than the one to be restored: they are held as well.
    package var newer: [Backup] = []
    /// COMPLETED ones that were begun since an interrupted restore was.
    package var safetyBackups: [Backup] = []
}

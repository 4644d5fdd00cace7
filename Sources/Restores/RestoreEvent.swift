package import Backups

/// A step of a restore, told to whoever shows it.
package enum RestoreEvent: Sendable {
    /// Its marker stands: no backup begins from now on.
    case marked(MarkerName)
    case held([BackupID])
    /// What stands is backed up.
    case backingUp(BackupEvent)
    case deleted([String])
    /// The engine has accepted to bring those indices back.
    case ordered(snapshot: String, indices: Int)
    /// An order was not taken, or left indices that are broken: it is given again.
    ///
    /// - isUnclear: whether nobody can tell if an order was taken, so that it may still be carried out.
    case repeating(snapshot: String, why: String, isUnclear: Bool)
    case progress(RestoreProgress)
    /// A marker could not be removed: no backup begins while it stands.
    case left(MarkerName)
    /// Nobody can tell how it is, for that reason; it is asked on.
    case unknown(BackupError)
}

/// How far a restore is.
package struct RestoreProgress: Sendable, Equatable {
    package var shards = 0
    package var totalShards = 0
    package var bytes: Int64 = 0
    package var totalBytes: Int64 = 0

    /// From 0 to 1: the mean of bytes and shards, as of a backup.
    package var fraction: Double {
        func ratio(_ part: Double, _ whole: Double) -> Double { whole > 0 ? min(part / whole, 1) : 0 }
        let ofShards = ratio(Double(shards), Double(totalShards))
        guard totalBytes > 0 else { return ofShards }
        return (ratio(Double(bytes), Double(totalBytes)) + ofShards) / 2
    }
}

package typealias RestoreObserver = @Sendable (RestoreEvent) -> Void

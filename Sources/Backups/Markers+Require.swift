internal import Time

extension Markers {
    /// Throws `.restoring` while a restore is under way, which keeps every backup of this Optimize from beginning.
    ///
    /// - Parameter id: of the backup whose restore wants a backup of what it is about to delete.
    func requireNoRestore(but id: BackupID? = nil) throws(BackupError) {
        guard let restore, id.map({ $0.description != restore.subject }) ?? true else { return }
        throw BackupError(
            .restoring,
            "a restore is under way\(restore.byAndReason) (\(restore.name)); if that is not so, 'optimize-backup markers remove "
                + "\(restore.name)' lifts it")
    }

    /// Throws `.fireTimeCancelled` if somebody has cancelled the backup of a fire time.
    func requireNotCancelled(_ time: Instant) throws(BackupError) {
        try requireNotCancelled(BackupID(fireTime: time))
    }

    /// The same of that backup, or of the fire time that it is for.
    func requireNotCancelled(_ id: BackupID, _ due: BackupMetadata.Due?) throws(BackupError) {
        try requireNotCancelled(id)
        if let due { try requireNotCancelled(due.time) }
    }

    /// Throws `.fireTimeCancelled` if somebody has cancelled that backup.
    func requireNotCancelled(_ id: BackupID) throws(BackupError) {
        guard let marker = cancel(of: id) else { return }
        let what = id.fireTime.map { "the backup for \($0.rfc3339)" } ?? "the backup \(id)"
        throw BackupError(
            .fireTimeCancelled, "\(what) was cancelled\(marker.byAndReason): it is not tried again")
    }
}

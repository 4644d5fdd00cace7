/// The kinds of entries: each has an id by which the journal's catalog explains it.
package enum MessageID: String, Sendable, CaseIterable {
    /// The daemon has started.
    case daemonStarted = "f6fadfa7e5c14b629362da5cc13da58a"
    /// The daemon is stopping.
    case daemonStopping = "2c63888f28f04481be6ddce7a7ace732"
    /// A new configuration is in force.
    case configurationReloaded = "8a119b9e16bc47328f7b7676d015b0dc"
    /// A new configuration is wrong, and the old one stays in force.
    case configurationRefused = "bc67ba94637d4efaa09e467ada679f81"
    /// The engine has accepted part 1 of a backup.
    case backupStarted = "fab36728a78b4b7e8787c0de2f960063"
    /// A step of a backup.
    case backupProgress = "a712755f6cac44d599d5269512e74f7b"
    /// A backup is COMPLETED.
    case backupCompleted = "ac8efe121c5949f1ba2dde83458bfed0"
    /// A backup failed.
    case backupFailed = "5796a670482c490e8d9782bfcdc83011"
    /// A fire time was skipped.
    case backupSkipped = "0b80a25553a14945a93258ef7777682c"
    /// A fire time was missed.
    case backupMissed = "45ac16b9c20d4c218f8a7abff2e91ac7"
    /// How the newest backup of a job stands, told at the start.
    case jobStanding = "4a9c2f8e71d04b6d8e35c1f07ab29d64"
    /// A change of the clock moved a fire time, left one out, or brought one twice.
    case clockChange = "7d1f0a6b52e94c0c9b3d4a7f6e21c8d5"
    /// A backup was deleted.
    case backupDeleted = "dd2ee150d2844277b89c1af40ce8fcc9"
    /// Retention would delete backups, were it not to report only.
    case backupKept = "b81e6f2d03c94a57917c5d2ae8f40b63"
    /// A backup that somebody wanted deleted is still there.
    case deleteFailed = "05edcb967fc644dda4cb885431c81180"
    /// Retention could not do its work.
    case retentionFailed = "3c3ae353fb14428e90b401a6c1cc0aff"
    /// A snapshot is listed, and can't be read.
    case snapshotUnreadable = "1f4c7e0e3d2b4c58a5f0b6a7d9c3e812"
    /// The storage refuses, or what stood in the repository is gone.
    case repositoryTrouble = "8e2d9b64f1a74d0cb7c35e90a6f41d27"
    /// Another cluster has backups of our prefix in the repository.
    case otherCluster = "2f6b0c94d7e84a1bb5c83e19a7d402f6"
    /// An index of Optimize is gone that earlier backups hold.
    case indexVanished = "93d5e8a10c7f4b62a8f1d06e5b2c7a49"
    /// A marker that waited for other snapshots stands, or is lost.
    case markerSettled = "c60f5a1b97e84b3ea2d4718f0c9b6e35"
    /// The engine gave no usable answer; it is asked again.
    case engineTrouble = "b9c8b9ffe46e46279419c7723226db94"
    /// The engine answers again.
    case engineRecovered = "5d1e7b0c86a94f2fb3a0c47d92e8f615"
}

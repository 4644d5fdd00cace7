package import ElasticsearchClient
package import Text

/// A step of an operation on a backup, told to whoever shows, logs or counts it.
package struct BackupEvent: Sendable {
    package enum Step: Sendable {
        /// A backup that another run of this program, on that host, had begun is gone on with.
        case takenUp(from: String)
        /// Optimize is of another version than the one that is configured, and the backup is named after it.
        case versionChanged(configured: String, String)
        /// Snapshots that this program did not order are running; the backup waits for them.
        case waitingForOthers([String])
        /// They still run: the backup starts beside them, after `backup.waitForOthers` if it was to wait.
        case startingBesideOthers([String], hasWaited: Bool)
        /// The engine accepted the snapshot of a part, with so many indices.
        case partStarted(part: Int, snapshot: String, indices: Int)
        /// Indices that begin with our prefix, but are named as none of Optimize's: they are in no part.
        case uncovered([String])
        /// Indices that came while it was taken, or of which nobody may tell whether they did: the next backup has them.
        case leftOut([String])
        /// From 0 to 1, of one part.
        case partProgress(part: Int, fraction: Double)
        case partCompleted(part: Int, snapshot: Snapshot)
        /// An index went away between the look and the snapshot; the indices are looked up again.
        case indicesChanged(part: Int, error: EngineError)
        /// The engine did not take the order, or gave no answer to it; it is sent again after the delay.
        case retrying(part: Int, error: EngineError, delay: Duration)
        /// Nobody can tell how the snapshot of a part is, for that reason; it is asked on.
        case unknown(part: Int, BackupError)
        case completed(Backup)
        /// Another host has completed it.
        case foundCompleted(Backup)
        case failed(BackupError)
        case deleted(snapshots: [String])
    }

    package let id: BackupID
    package let step: Step
    /// Whose backup it is, by its metadata; nil where that of the order tells it.
    package let jobs: [String]?

    /// Where it was noticed.
    package let place: CodePlace

    package init(
        id: BackupID, _ step: Step, jobs: [String]? = nil, file: String = #fileID, line: Int = #line,
        function: String = #function
    ) {
        self.id = id
        self.step = step
        self.jobs = jobs
        place = CodePlace(file, line, function)
    }
}

package typealias BackupObserver = @Sendable (BackupEvent) -> Void

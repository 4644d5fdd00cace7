package import ElasticsearchClient
package import Time

/// The snapshot repository as the home of one Optimize's backups; the only record there is of them.
///
/// Each operation looks at the repository, then acts on exactly what it saw; what is remembered between them saves reading what
/// can't have changed.
package struct BackupRepository: Sendable {
    package struct Settings: Sendable {
        package var repositoryName: String
        /// The complete prefix of Optimize's indices.
        package var indexPrefix: String
        /// Read from Optimize's `metadata` index before each backup if nil.
        package var optimizeVersion: String?
        /// Base names of the indices of part 1.
        package var firstPartIndices: [String]
        /// From part 1's start to part 2's end.
        package var timeout: Duration
        /// How long after part 1 ended a part 2 may follow.
        package var takeUpWithin: Duration
        /// How long running snapshots of others are waited for.
        package var waitForOthers: Duration
        /// Program and version, such as `optimize-backup/1.0.0`.
        package var createdBy: String
        /// The name of this host.
        package var instance: String
        /// The uuids of clusters that were ours: their backups of this prefix are ours to list, to hold and to delete.
        package var formerClusters: [String] = []
        /// Of jobs that were renamed, today's names by the former.
        package var renamedJobs: [String: String] = [:]

        package init(
            repositoryName: String, indexPrefix: String = "optimize", optimizeVersion: String? = nil,
            firstPartIndices: [String] = [
                "import-index", "timestamp-based-import-index", "position-based-import-index", "job-registry",
            ],
            timeout: Duration = .seconds(12 * 3600), takeUpWithin: Duration = .seconds(3600),
            waitForOthers: Duration = .seconds(3600), createdBy: String, instance: String
        ) {
            self.repositoryName = repositoryName
            self.indexPrefix = indexPrefix
            self.optimizeVersion = optimizeVersion
            self.firstPartIndices = firstPartIndices
            self.timeout = timeout
            self.takeUpWithin = takeUpWithin
            self.waitForOthers = waitForOthers
            self.createdBy = createdBy
            self.instance = instance
        }
    }

    package let settings: Settings
    package let client: EngineClient
    let memory: RepositoryMemory

    package init(client: EngineClient, settings: Settings) {
        self.init(client, settings, RepositoryMemory())
    }

    private init(_ client: EngineClient, _ settings: Settings, _ memory: RepositoryMemory) {
        self.client = client
        self.settings = settings
        self.memory = memory
    }

    /// Takes a backup: part 1, and once that is SUCCESS part 2, then compares what was taken with what was asked.
    ///
    /// It never deletes anything but its own unfinished snapshot when `timeout` has passed. A cancelled task leaves the
    /// engine to finish the snapshot that it has begun.
    ///
    /// - Throws: `.idTaken`, `.repositoryBusy` while another backup of this Optimize runs, and any other code.
    package func create(_ order: BackupOrder, observe: @escaping BackupObserver) async throws(BackupError) -> Backup {
        try await BackupRun(repository: self, observe: observe, restoring: order.restoring).create(order)
    }

    /// Goes on with a backup that another run of this program began: waits for part 1, and lets part 2 follow.
    ///
    /// Older progress with newer data is safe, since Optimize's import is idempotent; how much older it may be is said by
    /// `takeUpWithin`, after which the backup is INCOMPLETE.
    ///
    /// - Parameter restored: the backup whose restore had begun this one, and does not stop it.
    /// - Throws: `.snapshotFailed` for a backup that has ended without being of use; `.fireTimeCancelled`.
    package func takeUp(
        _ backup: Backup, restoring restored: BackupID? = nil, observe: @escaping BackupObserver
    ) async throws(BackupError) -> Backup {
        try await BackupRun(repository: self, observe: observe, restoring: restored).takeUp(backup)
    }

    /// Writes down which backups of a look can't come to a good end, where that was not possible when it was found.
    package func recordDoomed(_ look: RepositoryLook) async {
        let doomed = memory.withState { $0.doomed }
        guard !doomed.isEmpty else { return }
        for backup in look.backups where [.inProgress, .completed].contains(backup.state) {
            guard let error = backup.parts.lazy.compactMap({ doomed[$0.uuid] }).first else { continue }
            await markers.recordFailed(backup.id, error)
        }
    }

    /// What jobs are called today, whatever they were called when a backup of them was ordered.
    func todaysNames(of jobs: [String]) -> [String] {
        jobs.map { settings.renamedJobs[$0] ?? $0 }
    }

    /// The same for somebody who waits for the answer: what fails is asked again for half of a request's time-out at most.
    package var attended: BackupRepository { BackupRepository(client.attended, settings, memory) }

    /// What there is to back up.
    package var optimize: OptimizeIndices { OptimizeIndices(repository: self) }
    /// The backups that stand in it.
    package var backups: RepositoryBackups { RepositoryBackups(repository: self) }
    /// The notes beside them: holds, pauses, cancels.
    package var markers: RepositoryMarkers { RepositoryMarkers(repository: self) }
    /// What deletes from it.
    package var removal: RepositoryRemoval { RepositoryRemoval(repository: self) }
    /// What it is stored on.
    package var storage: RepositoryStorage { RepositoryStorage(repository: self) }
    package var engineClock: EngineClock { EngineClock(repository: self) }
    /// Its names, as the engine's master remembers them.
    package var listing: RepositoryListing { RepositoryListing(repository: self) }
    /// Its details, as the storage gives them.
    package var blobs: RepositoryBlobs { RepositoryBlobs(repository: self) }

    package var name: String { settings.repositoryName }
    package var clock: any Clock { client.clock }

    /// Asks the engine who it is, which also tells whose backups are ours.
    package func identify() async throws(BackupError) -> (engine: EngineDescription, owner: BackupOwner) {
        let engine = try await attempt("asking the engine for its version", client.describe)
        return (engine, BackupOwner(cluster: engine.clusterUUID, prefix: settings.indexPrefix))
    }

    /// Runs an exchange with the engine; its error becomes one that says what was being done.
    package func attempt<Value>(
        _ action: @autoclosure () -> String, _ exchange: () async throws(EngineError) -> Value
    ) async throws(BackupError) -> Value {
        do {
            return try await exchange()
        } catch {
            throw BackupError(action(), error)
        }
    }

    /// Waits; a cancellation while waiting ends the operation.
    package func pause(_ duration: Duration, while action: @autoclosure () -> String) async throws(BackupError) {
        do {
            try await clock.sleep(for: duration)
        } catch {
            throw BackupError(.cancelled, "cancelled while \(action())")
        }
    }
}

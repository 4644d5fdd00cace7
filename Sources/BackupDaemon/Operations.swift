internal import Backups
internal import ElasticsearchClient
internal import Synchronization
internal import Time
internal import Waiting

/// The daemon's work: accepted from anybody, done on the repository one operation after the other, each step told.
///
/// What is accepted is under way in one task group, until it ends; who asked for it may hang up.
final class Operations: Sendable {
    let repository: BackupRepository
    let standing = SharedStanding()
    let queue = SerialQueue()
    private let observe: DaemonObserver
    private let accepted: AsyncStream<@Sendable () async -> Void>
    private let accept: AsyncStream<@Sendable () async -> Void>.Continuation

    init(_ repository: BackupRepository, observe: @escaping DaemonObserver) {
        self.repository = repository
        self.observe = observe
        (accepted, accept) = AsyncStream.makeStream()
        standing.update { $0.indexPrefix = repository.settings.indexPrefix }
    }

    var clock: any Clock { repository.client.clock }
    /// The name of this host.
    var instance: String { repository.settings.instance }

    /// Does what is accepted, until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await work in accepted { group.addTask { await work() } }
            group.cancelAll()
        }
    }

    /// Accepts work, which goes on when whoever asked for it has gone.
    func submit(_ work: @escaping @Sendable () async -> Void) {
        accept.yield(work)
    }

    /// Does what somebody asks for to its end, whether they wait for it or hang up.
    func carryOut<Value: Sendable>(
        _ work: @escaping @Sendable () async throws(BackupError) -> Value
    ) async throws(BackupError) -> Value {
        let promise = Promise<Result<Value, BackupError>>()
        submit {
            do throws(BackupError) {
                promise.give(.success(try await work()))
            } catch {
                promise.give(.failure(error))
            }
        }
        guard let outcome = await promise.wait() else {
            throw BackupError(.cancelled, "nobody waits any more for what goes on by itself")
        }
        return try outcome.get()
    }

    /// Tells that something has happened.
    func emit(
        _ kind: DaemonEvent.Kind, by requester: Requester = .daemon, file: String = #fileID, line: Int = #line,
        function: String = #function
    ) {
        let event = DaemonEvent(kind, by: requester, at: clock.now(), file: file, line: line, function: function)
        standing.update { $0.take(event) }
        observe(event)
    }

    /// Tells how the clocks of engine and host were found when they were last compared.
    func emitClocks() {
        emit(.clocksCompared(problem: repository.engineClock.lastTrustedTime.problem))
    }

    /// Tells each step of a backup for those jobs, as far as it is theirs: what another host began may name fewer.
    func steps(of jobs: [String], by requester: Requester) -> BackupObserver {
        { event in
            let own = event.jobs.map { named in jobs.filter(named.contains) } ?? jobs
            self.emit(.step(event, jobs: own), by: requester)
        }
    }

    /// How an operation ended that was to end in a backup.
    struct Ending: Sendable {
        let result: Result<Backup, BackupError>
        /// Of the backup that failed, if it had one by then.
        let id: BackupID?
        /// Whether the engine had accepted its part 1.
        var hasBegun = false
    }

    /// Takes a backup, or goes on with one, when it is its turn; tells of each step but of its failure.
    ///
    /// - Parameter mayBegin: asked when its turn has come.
    func take(
        _ jobs: [String], by requester: Requester, mayBegin: @escaping @Sendable () -> Bool = { true },
        _ operation:
            @escaping @Sendable (BackupRepository, @escaping BackupObserver) async throws(BackupError) -> Backup
    ) async -> Ending {
        let (repository, emit) = (repository, steps(of: jobs, by: requester))
        let ids = Mutex<(begun: BackupID?, failed: BackupID?)>((nil, nil))
        let name = "taking a backup\(jobs.isEmpty ? "" : " for \(jobs.joined(separator: ", "))")"
        let result = await queue.run(name) { () async -> Result<Backup, BackupError> in
            guard mayBegin() else {
                return .failure(BackupError(.cancelled, "the order was withdrawn before its turn"))
            }
            do throws(BackupError) {
                return .success(
                    try await operation(repository) { event in
                        switch event.step {
                        case .failed: ids.withLock { $0.failed = event.id }
                        case .partStarted, .takenUp:
                            ids.withLock { $0.begun = event.id }
                            emit(event)
                        default: emit(event)
                        }
                    })
            } catch {
                return .failure(error)
            }
        }
        let (begun, failed) = ids.withLock { $0 }
        if let failed { self.emit(.attemptEnded(failed)) }
        return Ending(result: result, id: failed, hasBegun: failed != nil && begun == failed)
    }
}

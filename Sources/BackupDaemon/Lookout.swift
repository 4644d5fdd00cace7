internal import Backups
internal import ElasticsearchClient
internal import Retention
internal import Time
internal import Waiting

/// Looks at the repository: at the start, once in a while, and whenever somebody wants to know.
actor Lookout {
    private let operations: Operations
    /// A look that has not begun, for all who ask meanwhile.
    private var nextLook: Promise<Result<[Backup], BackupError>>?
    /// One look at a time of those that are asked for.
    private let queue = SerialQueue()
    private var isRefreshing = false
    /// When the last look ended, by the monotonic clock.
    private var lookedAt: Duration?
    /// When the storage was last asked whether it can be written, by the monotonic clock.
    private var verifiedAt: Duration?
    private let show: AsyncStream<RepositoryLook>.Continuation
    /// What looks have shown, for whoever sees to it.
    nonisolated let shown: AsyncStream<RepositoryLook>

    init(_ operations: Operations) {
        self.operations = operations
        (shown, show) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    private var repository: BackupRepository { operations.repository }
    private var clock: any Clock { operations.clock }

    /// Looks at the repository once in a while, so that whatever runs there is watched by somebody.
    func run() async {
        while true {
            let interval = repository.watchInterval
            let pause = min(interval, operations.standing.current.hasRunning ? .seconds(60) : .seconds(21_600))
            guard (try? await clock.sleep(for: pause)) != nil else { return }
            await look()
        }
    }

    /// A look that has begun after it was asked for; all who ask while another is under way share the next.
    func sharedLook() async -> Result<[Backup], BackupError> {
        let look = nextLook ?? Promise()
        if nextLook == nil {
            nextLook = look
            operations.submit { await self.queue.run { await self.carryOutNextLook() } }
        }
        return await look.wait() ?? .failure(BackupError(.cancelled, "nobody waits any more for the look"))
    }

    private func carryOutNextLook() async {
        let look = nextLook
        nextLook = nil
        look?.give(await self.look(isAttended: true).map(\.allBackups))
    }

    /// Starts a look, for the next who asks, if the last one is older than half a minute.
    func lookIfStale() {
        guard !isRefreshing, lookedAt.map({ clock.uptime() - $0 > .seconds(30) }) ?? true else { return }
        isRefreshing = true
        operations.submit {
            await self.look()
            await self.endRefreshing()
        }
    }

    /// Returns once it has had its turn.
    func passThrough() {}

    private func endRefreshing() { isRefreshing = false }

    /// Asks the repository how it stands; the last good answer stays where there is none.
    ///
    /// - Parameters:
    ///   - readsAll: whether it waits for all details; else it shows what is known, and leaves the rest to a look that does.
    ///   - isAttended: whether somebody waits for it.
    @discardableResult
    func look(readsAll: Bool = true, isAttended: Bool = false) async -> Result<RepositoryLook, BackupError> {
        let (time, uptime) = (clock.now(), clock.uptime())
        defer { lookedAt = clock.uptime() }
        let operations = operations
        do throws(BackupError) {
            let look = try await (isAttended ? repository.attended : repository).look(readsAll: readsAll) { left in
                operations.emit(.reading(left: left))
            }
            // What is half read would show an older backup as a job's newest.
            let before = operations.standing.current.seen
            if look.unread == 0 || before != nil {
                let lead = repository.engineClock.lead
                operations.emit(
                    .looked(
                        before?.after(look, time: time, uptime: uptime, engineLead: lead)
                            ?? SeenRepository(look, time: time, uptime: uptime, engineLead: lead)))
            } else {
                operations.emit(.reading(left: look.unread))
            }
            await tellVersion()
            operations.emitClocks()
            await compare(look)
            await verifyIfDue()
            show.yield(look)
            return .success(look)
        } catch {
            operations.emit(.lookFailed(error))
            return .failure(error)
        }
    }

    /// Of which version Optimize is; where the engine did not say, it is as it was.
    private func tellVersion() async {
        do throws(BackupError) {
            operations.emit(.versionTold(try await repository.attended.optimize.version()))
        } catch {
            if error.code == .versionUnknown { operations.emit(.versionTold(nil)) }
        }
    }

    /// What else a look shows: who else is there, and what of Optimize is gone, or in no backup.
    private func compare(_ look: RepositoryLook) async {
        // What is half read lacks what it may hold.
        guard look.unread == 0 else { return }
        let now = repository.engineClock.now()
        operations.emit(.clustersSeen(look.clusters, rivals: Set(look.rivals(at: now).map(\.uuid))))
        let limit = operations.standing.current.keepVanishedFor
        var live: (contents: [String], version: String?)?
        if look.markers.restore == nil {
            do throws(BackupError) {
                let there = try await repository.attended.optimize.lookUpIndices()
                // What our user does not see is not gone, nor is what a restore is about to bring back.
                if there.isConfirmed, there.hidden.isEmpty {
                    operations.emit(.coverageRead(uncovered: there.uncovered.count))
                    live = (there.contents, operations.standing.current.optimizeVersion)
                }
            } catch {
                // Where nobody answers, what was gone still is; who may not ask goes by the backups alone.
                guard error.code == .engineDenied else { return }
            }
        }
        let lost = look.losses(at: now, within: limit, live: live).indices.filter {
            $0.isRecent(within: limit, at: now)
        }
        operations.emit(.indicesCompared(lost: lost))
    }

    /// Lets the storage be written once a day, and at each look while it is known to refuse.
    private func verifyIfDue() async {
        let uptime = clock.uptime()
        let isDue =
            verifiedAt.map { uptime - $0 > .seconds(86_400) } ?? !operations.standing.current.jobs.isEmpty
        if isDue || repository.storage.writeProblem != nil {
            verifiedAt = uptime
            // A right that only a check needs and that the user lacks stops nothing.
            _ = try? await repository.storage.verify()
        }
        operations.emit(.storageVerified(problem: repository.storage.writeProblem))
    }
}

extension BackupRepository {
    /// A quarter of the time in which a part 2 may follow: so often somebody has to see that it is missing.
    var watchInterval: Duration { max(settings.takeUpWithin / 4, .seconds(5)) }
}

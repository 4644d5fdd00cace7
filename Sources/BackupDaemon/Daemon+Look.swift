package import Backups
internal import ElasticsearchClient
internal import Time

extension Daemon {
    /// A look that has begun after it was asked for; all who ask while another is under way share the next.
    package func sharedLook() async -> Result<[Backup], BackupError> {
        let look = nextLook ?? Promise()
        if nextLook == nil {
            nextLook = look
            submit { await self.looks.run { await self.carryOutNextLook() } }
        }
        return await look.wait() ?? .failure(BackupError(.cancelled, "nobody waits any more for the look"))
    }

    private func carryOutNextLook() async {
        let look = nextLook
        nextLook = nil
        look?.give(await self.look(isAttended: true))
    }

    /// How old what the last good look has shown is; nil if there was none.
    package var ageOfLook: Duration? { observed.look.map { max(clock.uptime() - $0.uptime, .zero) } }

    /// Asks the repository how it stands; the last good answer stays where there is none.
    ///
    /// - Parameters:
    ///   - readsAll: whether it waits for all details; else it shows what is known, and leaves the rest to a look that does.
    ///   - isAttended: whether somebody waits for it.
    @discardableResult
    package func look(readsAll: Bool = true, isAttended: Bool = false) async -> Result<[Backup], BackupError> {
        let (now, start) = (clock.now(), clock.uptime())
        defer { lookedAt = clock.uptime() }
        let observations = observations
        do throws(BackupError) {
            let look = try await (isAttended ? repository.attended : repository).look(readsAll: readsAll) { left in
                observations.update { $0.unread = left == 0 ? nil : left }
            }
            observations.update { state in
                state.isEngineUp = true
                // What is half read would show an older backup as a job's newest.
                guard look.unread == 0 || state.look != nil else { return }
                state.look = .init(
                    time: now, uptime: start, backups: look.backups, markers: look.markers, engine: look.engine,
                    unreadable: look.unreadable)
                state.isRepositoryReadable = true
                state.lookFailure = nil
                state.unread = nil
            }
            await verifyIfDue(now)
            tell(look)
            tend(look)
            return .success(look.backups)
        } catch {
            observations.update {
                let isUnusable = error.cause?.code == .otherCluster
                if isUnusable || [.engineUnreachable, .engineDenied].contains(error.code) { $0.isEngineUp = false }
                if error.code != .cancelled {
                    $0.lookFailure = .init(time: now, message: "\(error)")
                    $0.isRepositoryReadable = false
                }
                $0.unread = nil
            }
            if error.code == .namesVanished || error.code == .storageFailed { tell(trouble: error) }
            return .failure(error)
        }
    }

    /// Lets the storage be written once a day, and at each look while it is known to refuse.
    private func verifyIfDue(_ now: Instant) async {
        let uptime = clock.uptime()
        let isDue = verifiedAt.map { uptime - $0 > .seconds(86_400) } ?? (settings.jobs.isEmpty == false)
        guard isDue || repository.writeProblem != nil else { return }
        verifiedAt = uptime
        // A right that only a check needs and that the user lacks stops nothing.
        _ = try? await repository.verify()
        if let problem = repository.writeProblem {
            observations.update { $0.lookFailure = .init(time: now, message: "\(problem)") }
        }
    }

    /// Tells once what can't be read, and that it can be again.
    private func tell(_ look: RepositoryLook) {
        let unreadable = Set(look.unreadable)
        for name in unreadable.subtracting(told.unreadable).sorted() {
            log(
                LogEntry(
                    .snapshotUnreadable, .error,
                    "\(name) is listed, but can't be read: bring its blob back into the repository, or delete it",
                    [.init("SNAPSHOT", name), .init("REPOSITORY", repository.settings.repositoryName)]))
        }
        for name in told.unreadable.subtracting(unreadable).sorted() {
            log(
                LogEntry(
                    .snapshotUnreadable, .notice, "\(name) can be read again, or is gone", [.init("SNAPSHOT", name)]))
        }
        told.unreadable = unreadable
        tell(trouble: repository.writeProblem)
        let clock = repository.lastTrustedTime.problem
        if let clock, told.clock == nil { log(LogEntry(.clockChange, .warning, clock)) }
        told.clock = clock
    }

    private func tell(trouble: BackupError?) {
        let message = trouble?.message
        guard message != told.trouble else { return }
        told.trouble = message
        let fields = [LogEntry.Field("REPOSITORY", repository.settings.repositoryName)] + (trouble?.fields ?? [])
        if let trouble {
            log(LogEntry(.repositoryTrouble, .error, "\(trouble)", fields))
        } else {
            log(LogEntry(.repositoryTrouble, .notice, "the repository can be read and written again", fields))
        }
    }
}

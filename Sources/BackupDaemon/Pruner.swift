internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import Time
internal import Waiting

/// Prunes when somebody asks for it, and again until that has come to a good end.
///
/// One prune runs at a time, and one at most waits for another try; nothing waits while there is nothing to mend.
actor Pruner {
    private let operations: Operations
    private let lookout: Lookout
    private var settings: DaemonSettings
    /// Whether a prune has to be made up for, once everything is read.
    private var isOwed = false
    private var isRunning = false
    /// Whether somebody has asked for another prune while one ran.
    private var isAskedAgain = false
    /// Whether the last prune has left something undone that it was to do.
    private var isUnfinished = false
    /// Ends the wait for another try; nil while none waits.
    private var waiting: Wakeup?
    private var backoff = Backoff.prunes
    /// Since when, by the monotonic clock, others have been in the way.
    private var putOffSince: Duration?

    init(_ operations: Operations, _ lookout: Lookout, _ settings: DaemonSettings) {
        (self.operations, self.lookout, self.settings) = (operations, lookout, settings)
    }

    /// Takes over another configuration, from the next prune on.
    func reload(_ settings: DaemonSettings) { self.settings = settings }

    /// Applies retention; while that is being done, it is done once more afterwards.
    func prune() async {
        guard operations.standing.current.seen != nil else {
            // Nothing is judged before everything is read.
            isOwed = true
            return
        }
        guard !isRunning else {
            isAskedAgain = true
            return
        }
        isRunning = true
        defer { isRunning = false }
        waiting?.wake()
        waiting = nil
        repeat {
            isAskedAgain = false
            await pruneOnce()
        } while isAskedAgain && !Task.isCancelled
        if isUnfinished, !Task.isCancelled { waitForAnotherTry() }
    }

    /// Prunes if that was due before everything was read.
    func makeUp() async {
        if isOwed { await prune() }
    }

    private func pruneOnce() async {
        let settings = settings
        var report = await run(Pruning(repository: operations.repository, settings: settings))
        // Stopped with the process, it has neither failed nor succeeded.
        guard !Task.isCancelled else { return }
        putOff(&report)
        isUnfinished = !report.failures.isEmpty || report.putOff != nil
        if !isUnfinished { backoff = .prunes }
        operations.emit(.pruned(report, jobs: settings.jobs.map(\.name)))
        operations.emitClocks()
        let repository = operations.repository
        await operations.queue.run("retention") { try? await repository.markers.tidy() }
        if !report.removed.isEmpty { await lookout.look(readsAll: false) }
    }

    /// Takes its turn for each delete anew, so that a backup that falls due meanwhile waits for one of them only.
    private func run(_ pruning: Pruning) async -> Pruning.Report {
        let steps = operations.steps(of: [], by: .daemon)
        var (progress, isDone) = (Pruning.Progress(), false)
        while !isDone, !Task.isCancelled {
            let before = progress
            (progress, isDone) = await operations.queue.run("retention") {
                var progress = before
                let isDone = await !pruning.deleteNext(&progress, observe: steps)
                return (progress, isDone)
            }
        }
        return progress.report
    }

    /// What was only in the way is no failure before it has been so for a day.
    private func putOff(_ report: inout Pruning.Report) {
        let now = operations.clock.uptime()
        guard let busy = report.failures.first(where: { $0.code == .repositoryBusy }) else {
            putOffSince = nil
            return
        }
        if !report.removed.isEmpty { putOffSince = nil }
        let since = putOffSince ?? now
        putOffSince = since
        guard now - since < .seconds(86_400) else { return }
        report.failures.removeAll { $0.code == .repositoryBusy }
        report.putOff = busy
    }

    private func waitForAnotherTry() {
        let (clock, wakeup) = (operations.clock, Wakeup())
        let delay = backoff.next(operations.repository.client.random)
        waiting = wakeup
        operations.submit {
            await race({ await wakeup.wait() }) { try? await clock.sleep(for: delay) }
            await self.tryAgain(wakeup)
        }
    }

    /// Prunes again, unless another prune has taken the place of that wait.
    private func tryAgain(_ wakeup: Wakeup) async {
        if wakeup === waiting, !Task.isCancelled { await prune() }
    }
}

extension Backoff {
    /// Between two tries at the same prune: a minute, then more, up to an hour.
    fileprivate static var prunes: Backoff { Backoff(initial: .seconds(120), maximum: .seconds(3_600)) }
}

package import Backups
internal import Configuration
internal import ElasticsearchClient
internal import Restores
package import Time
internal import Waiting

/// Takes backups on schedules and on request, prunes them, and knows how it all stands.
///
/// The parts that do so are put together here; what people ask for goes through here, too.
package final class Daemon: Sendable {
    let operations: Operations
    let lookout: Lookout
    let scheduler: Scheduler
    let caretaker: Caretaker
    let verifier: Verifier
    private let startUp: StartUp

    /// - Parameters:
    ///   - drills: where they come back.
    ///   - observe: told everything that happens.
    package init(
        repository: BackupRepository, settings: DaemonSettings, drills: DrillAccess = DrillAccess(),
        observe: @escaping DaemonObserver
    ) {
        operations = Operations(repository, observe: observe)
        lookout = Lookout(operations)
        scheduler = Scheduler(operations, lookout, settings)
        verifier = Verifier(operations, lookout, settings, drills)
        caretaker = Caretaker(operations, scheduler, verifier)
        startUp = StartUp(
            operations: operations, lookout: lookout, scheduler: scheduler, caretaker: caretaker, verifier: verifier)
    }

    var repository: BackupRepository { operations.repository }
    package var clock: any Clock { operations.clock }

    /// How everything stands now; it asks nobody.
    package var standing: Standing { operations.standing.at(clock.now()) }

    /// Runs until the task is cancelled: takes up what is unfinished, then takes backups as they fall due or are asked for.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.startUp.run() }
            group.addTask { await self.scheduler.run() }
            group.addTask { await self.lookout.run() }
            group.addTask { await self.caretaker.run(self.lookout.shown) }
            group.addTask { await self.verifier.run() }
            await operations.run()
            group.cancelAll()
        }
    }

    /// Takes over another configuration; what runs goes on, and jobs that stay keep their phase.
    package func reload(_ settings: DaemonSettings) async {
        await scheduler.reload(settings)
        await verifier.reload(settings)
    }

    /// Tells what happens around the daemon.
    package func emit(
        _ kind: DaemonEvent.Kind, file: String = #fileID, line: Int = #line, function: String = #function
    ) {
        operations.emit(kind, file: file, line: line, function: function)
    }

    /// A look that has begun after it was asked for; all who ask while another is under way share the next.
    package func sharedLook() async -> Result<[Backup], BackupError> { await lookout.sharedLook() }

    /// Starts a look, for the next who asks, if the last one is older than half a minute.
    package func lookIfStale() async { await lookout.lookIfStale() }

    /// Returns once every part of it has had its turn, and what is accepted is begun: it lives.
    package func passThrough() async {
        _ = await scheduler.settings
        await lookout.passThrough()
        let turn = Promise<Void>()
        operations.submit { turn.give(()) }
        await turn.wait()
    }

    /// Of the operation that has the repository, in words, and its last sign of life; nil while none has.
    package var current: (name: String, sign: SerialQueue.SignOfLife)? {
        get async {
            let queue = operations.queue
            return await queue.isBusy ? (queue.current, queue.lastSign) : nil
        }
    }

    /// How long a drill may last, as configured now.
    package var drillTimeout: Duration { get async { await scheduler.settings.drillLimits.timeout } }

    /// A fire time with which the scheduler should have dealt; nil while it does its work.
    package var leftLying: Instant? { standing.leftLying(at: clock.now())?.time }

    /// Waits until the first look at the repository has ended, whatever it showed.
    package func waitForFirstLook() async { await startUp.firstLook.wait() }
}

#if DEBUG
    extension Daemon {
        /// Begins an operation that never ends; for tests of what is done about it.
        package func hang() {
            operations.submit { await self.operations.queue.run("nothing") { _ = await Promise<Void>().wait() } }
        }

        /// Lets a fire time lie, as a scheduler would that hangs.
        package func hangScheduler() {
            let past = Agenda.Awaited(time: clock.now() - .seconds(3_600), job: "nobody's")
            operations.standing.update { $0.awaited = past }
        }
    }
#endif

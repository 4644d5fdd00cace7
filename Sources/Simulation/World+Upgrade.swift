internal import Engines
internal import SimulatedEngine
internal import Time

extension World {
    /// Half of the time, the engine's nodes are upgraded to the next major, one after the other: meanwhile now this one answers, now that.
    ///
    /// - Parameters:
    ///   - end: when it has not begun by then, it does not begin any more.
    ///   - next: when the next backup is due; it often begins then.
    func upgradeEngine(until end: Duration, next: (Instant) -> Instant) async {
        let old = engine.withState(\.kind)
        let later = EngineKind.allCases.first { $0.distribution == old.distribution && $0.major > old.major }
        guard executor.random.chance(500), let new = later else { return }
        let nature = makeInstance()
        let moment = trueTime + .milliseconds(executor.random.below(Int(end / .milliseconds(1))))
        let due = executor.random.chance(600) ? next(moment) + .milliseconds(executor.random.below(30_000)) : moment
        guard executor.elapsed + (due - trueTime) < end, (try? await nature.sleep(for: due - trueTime)) != nil else {
            return
        }
        for kind in [new, old, new, old, new] {
            engine.withState { $0.upgrade(to: kind) }
            log("the engine is \(kind.name) now")
            guard (try? await nature.sleep(for: .milliseconds(executor.random.below(20_000)))) != nil else { return }
        }
    }
}

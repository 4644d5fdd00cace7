internal import Backups
internal import JSON
internal import SimulatedEngine
internal import Time

extension World {
    /// The markers of restores that have not ended, and since when they stand.
    var standingRestores: [(name: MarkerName, time: Instant)] {
        let now = trueTime
        let snapshots = engine.withState { state in
            state.advance(to: now)
            return state.repositories["backups"]?.snapshots ?? []
        }
        let markers = snapshots.compactMap { snapshot in MarkerName(snapshot.name).map { (name: $0, snapshot) } }
        let reports = markers.filter { $0.name.kind == .restored }
        let standing = markers.filter { name, snapshot in
            guard name.kind == .restore, name.expiry.map({ $0 > now + .seconds(60) }) ?? true else { return false }
            return !reports.contains { report, end in
                guard report.subject == name.subject, report.number > name.number else { return false }
                let isItsOwn = end.metadata?["process"] == snapshot.metadata?["process"]
                return end.metadata?["outcome"] == "success" || end.metadata?["phase"] == "preparing" && isItsOwn
            }
        }
        return standing.map { ($0.name, $0.1.start) }.sorted { $0.0.number < $1.0.number }
    }
}

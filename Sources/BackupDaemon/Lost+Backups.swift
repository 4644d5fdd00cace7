package import Backups
package import Retention
package import Time

extension Lost {
    /// Whether there is no reason why it is gone: no other version, no restore, and no process or decision whose own it was.
    package var isSuspicious: Bool { !isWithVersion && !isWithRestore && !IndexSelection.isOfOneDefinition(name) }

    /// Such as `collection, since 2026-11-25T02:00:00Z; the newest backup with it is 20261124020000`.
    package var words: String {
        let second = Instant(secondsSinceEpoch: since.secondsSinceEpoch)
        return "\(name), since \(second.rfc3339); the newest backup with it is \(holder)"
    }
}

extension RepositoryLook {
    /// What good backups hold and later ones lack.
    ///
    /// - Parameters:
    ///   - now: by the engine's clock; what is dated later says nothing.
    ///   - limit: how long ago it may have gone.
    ///   - live: what there is at present, as if a backup had been taken of it; without a version that of the newest.
    package func losses(
        at now: Instant, within limit: Duration, live: (contents: [String], version: String?)? = nil
    ) -> Losses {
        var losses = Losses(until: now - limit)
        let good = backups.lazy.filter { $0.state == .completed && !$0.isAhead(of: now) && !$0.contents.isEmpty }
        if let live { losses.take("", [live.contents], version: live.version ?? good.first?.version ?? "", at: now) }
        for backup in good where !losses.isComplete {
            guard let time = backup.time else { continue }
            losses.take(backup.id.description, backup.contents, version: backup.version, at: time)
        }
        if let report = markers.restored, report.note?.outcome == .success {
            losses.explain(byRestoreAt: report.date)
        }
        return losses
    }
}

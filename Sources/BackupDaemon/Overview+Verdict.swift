internal import Backups
internal import Configuration
internal import Text
internal import Time
internal import Verification

extension Overview.Verdict {
    /// The gravest that is wrong, if anything is; else what can be restored.
    init(_ standing: Standing, _ health: Health, at now: Instant) {
        let (restorable, trouble) = (standing.restorablePhrase, standing.troubles(health))
        if let first = trouble.first {
            level = .trouble
            headline = first.headline
            let others = trouble.count - 1
            let more: [Phrase] =
                others > 0
                ? ["\(others == 1 ? "One more problem stands" : "\(others) more problems stand") below."] : []
            let unknown: [Phrase] = standing.seen == nil ? ["Nobody knows yet what can be restored."] : []
            remarks = first.advice + more + (standing.lastKnown(restorable).map { [$0] } ?? unknown)
            return
        }
        guard let restorable else {
            level = .unknown
            headline =
                standing.unread.map { "The repository is being read for the first time: \($0.of("snapshot")) left" }
                ?? "The repository has not been seen yet"
            remarks = ["What can be restored is known once it has been."]
            return
        }
        let notices = standing.notices
        level = notices.isEmpty ? .good : .notice
        headline = notices.first.map { "\(restorable); \($0.headline)" } ?? restorable
        let others = notices.dropFirst().map { ["Also: \($0.headline)."] + $0.advice }
        remarks = standing.oldNews(at: now) + (notices.first?.advice ?? []) + others.joined()
    }
}

/// What is to be said before all else, and what to do about it.
struct Remark {
    let headline: Phrase
    var advice: [Phrase] = []
}

extension Standing {
    /// Up to when a restore brings back what there was, and when that was last proven; nil before the first look, and if none can be.
    fileprivate var restorablePhrase: Phrase? {
        guard let backup = newestRestorable(of: optimizeVersion), let start = backup.startTime ?? backup.time
        else { return nil }
        let zone = zone(of: backup.jobs)
        let own = jobs.filter { backup.jobs.contains($0.settings.name) }
        let proven = own.compactMap { job in self.proven(job.settings.name).map { (time: $0, zone: job.settings.zone) }
        }
        let proof: Phrase = proven.max { $0.time < $1.time }.map { " (proven \($0.time, in: $0.zone, as: .day))" } ?? ""
        return "Restorable to \(start, in: zone, as: .momentInZone)\(proof)"
    }

    /// What could be restored, and when that was so where it can't be known any more.
    fileprivate func lastKnown(_ restorable: Phrase?) -> Phrase? {
        restorable.map { restorable in
            guard failedLook != nil, let seen else { return "\(restorable)." }
            return "\(restorable), as the repository was last seen \(seen.time, in: zone(of: []), as: .momentInZone)."
        }
    }

    /// That the last look, of which all is told, was a while ago: nobody has asked since.
    fileprivate func oldNews(at now: Instant) -> [Phrase] {
        guard let seen, now - seen.time > .seconds(1_800) else { return [] }
        return [
            "So it was \(seen.time, in: zone(of: []), as: .momentInZone), when the repository was last looked at; \(command: "optimize-backup check") looks now."
        ]
    }

    /// What is wrong, the gravest first.
    fileprivate func troubles(_ health: Health) -> [Remark] {
        let down = health.components.filter { $0.status == .down }
        let gravity = ["engine", "repository", "indices"]
        // Of one reason it is enough to be told once.
        let first = down.filter { gravity.contains($0.name) }.reduce(into: [Health.Component]()) { all, component in
            if !all.contains(where: { $0.reason == component.reason }) { all.append(component) }
        }
        let ofJobs = jobs.compactMap { job in down.first { $0.name == "job-\(job.settings.name)" }.map { (job, $0) } }
        let rest = down.filter { !gravity.contains($0.name) && !$0.name.hasPrefix("job-") }
        return first.map(remark) + nothingRestorable + ofJobs.map(remark) + rest.map(remark)
    }

    /// That none can be, unless a component of health tells that.
    var nothingRestorable: [Remark] {
        // What has not been read yet may be.
        guard let seen, unread == nil, newestRestorable(of: optimizeVersion) == nil else { return [] }
        // The repository's component tells that, and why.
        if seen.refused.words != nil, seen.refused.newestRestorable == nil { return [] }
        let advice: Phrase = "\(command: "optimize-backup create") takes a backup now."
        guard let other = newestRestorable(of: nil) else {
            let words: Phrase =
                (seen.counts[.completed] ?? 0) == 0 ? "there is no good backup" : "every good backup was found damaged"
            return [Remark(headline: "Nothing can be restored: \(words)", advice: [advice])]
        }
        return [
            Remark(
                headline:
                    "Nothing can be restored into Optimize \(optimizeVersion ?? ""): the newest backup is of \(other.version)",
                advice: [advice])
        ]
    }

    private func remark(_ component: Health.Component) -> Remark {
        let reason = (component.reason ?? "").cut(toBytes: 300)
        let headline: Phrase =
            switch component.name {
            case "engine": "The engine can't be used: \(reason)"
            case "repository": "The repository is in trouble: \(reason)"
            case "indices": "Indices are \(reason)"
            case "scheduler": "The scheduler has stopped: \(reason)"
            case "retention": "Retention has failed: \(reason)"
            case "configuration": "The configuration was \(reason)"
            default: "\(component.name) is down: \(reason)"
            }
        return Remark(headline: headline, advice: advice(on: component))
    }

    private func remark(_ job: Job, _ component: Health.Component) -> Remark {
        let name = job.settings.name
        let headline: Phrase
        if let marker = damage(of: name) {
            headline =
                "A backup of \(name) is damaged: \(marker.verification?.backup.description ?? "") can't be relied on"
        } else if let last = job.held.newestGood?.time {
            headline =
                "\(name) is overdue: its last good backup is of \(last, in: job.settings.zone, as: .momentInZone)"
        } else {
            headline = "\(name) is overdue: it has no good backup"
        }
        return Remark(headline: headline, advice: advice(on: component))
    }

    /// What stops no backup of the past, but may be worth knowing; the gravest first.
    fileprivate var notices: [Remark] {
        var notices: [Remark] = []
        if let restore = seen?.markers.restore {
            notices.append(
                Remark(
                    headline: "\(restore.subject) is being restored\(restore.byAndReason): no backup begins meanwhile"))
        }
        for job in jobs where job.lastFailure != nil || job.pursuing != nil || job.isNewestUseless {
            let name = job.settings.name
            let headline: Phrase =
                switch job.pursuing {
                case .again(let attempt, let attempts, let time, _):
                    "\(name) failed, and attempt \(attempt) of \(attempts) comes \(time, in: job.settings.zone)"
                case .waiting: "the backup of \(name) waits for its turn"
                case nil: "the last backup of \(name) failed"
                }
            let journal: Phrase =
                "\(command: "journalctl -u optimize-backup BACKUP_JOB=\(name)") tells what happened."
            let isWaiting = if case .waiting = job.pursuing { true } else { false }
            notices.append(Remark(headline: headline, advice: isWaiting ? [] : [journal]))
        }
        let paused = jobs.filter(\.isPaused).map(\.settings.name)
        if !paused.isEmpty {
            let resumable = paused.filter { seen?.markers.pause(of: $0) != nil }
            notices.append(
                Remark(
                    headline: "\(paused.joined(separator: ", ")) \(paused.count == 1 ? "is" : "are") paused",
                    advice: resumable.map { "\(command: "optimize-backup resume \($0)") ends the pause." }))
        }
        if jobs.isEmpty {
            let advice: Phrase = "No backup is taken by itself; \(command: "optimize-backup create") takes one."
            notices.append(Remark(headline: "no jobs are configured", advice: [advice]))
        }
        if clockProblem != nil {
            notices.append(Remark(headline: "the clocks of engine and host disagree"))
        }
        if seen?.unreadableCount ?? 0 > 0 || !(seen?.unreadable ?? []).isEmpty {
            notices.append(
                Remark(
                    headline: "some of it can't be read",
                    advice: ["\(command: "optimize-backup list --state FAILED") lists what is affected."]))
        }
        return notices
    }
}

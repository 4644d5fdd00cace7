internal import BackupDaemon
internal import Backups
internal import Retention
internal import Time

extension StatusPage {
    /// What retention removes next, and why; and what somebody holds.
    struct RetentionSection {
        private let preview: RetentionPreview
        /// Of the jobs.
        private let zones: [String: Zone]
        private let present: Instant
        /// More are told as a number.
        private let limit = 20

        init(_ outlook: Outlook, at now: Instant) {
            (preview, present) = (outlook.retention, now)
            zones = Dictionary(outlook.histories.map { ($0.job, $0.zone) }) { $1 }
        }

        var html: HTML {
            """
            <section><h2>What retention removes next</h2>
            <p>\(occasion)\(verdict)</p>\(report)
            \(preview.concerns.map { "<p>\($0)</p>" as HTML })
            \(removals)\(holds)</section>
            """
        }

        private var occasion: HTML {
            switch preview.occasion {
            case .backup(let jobs, let time, let zone):
                "After the next backup, of \(names(jobs)) \(HTML(time, in: zone, as: .momentInZone, at: present)), "
            case .runningBackup(let id): "After the backup \(id.description), which runs, "
            case .schedule(let time): "By its schedule, \(HTML(time, in: .utc, as: .momentInZone, at: present)), "
            case .anotherTry: "With the next try, soon, "
            case .person: "No run comes by itself; with <code>optimize-backup prune</code> "
            }
        }

        private var verdict: HTML {
            if let obstacle = preview.obstacle { return "nothing can be told: \(obstacle)." }
            let (count, kept) = (preview.removals.count, preview.keptCount)
            let (go, stay) =
                preview.isReport
                ? ("would go", "would stay") : (count == 1 ? "goes" : "go", kept == 1 ? "stays" : "stay")
            guard count > 0 else { return "nothing is removed: \(of(kept)) \(stay). " }
            let more: HTML = preview.leftOver > 0 ? ", and \(preview.leftOver) more with later runs" : ""
            return "\(of(count)) \(go)\(more); \(of(kept)) \(stay). "
        }

        private var report: HTML {
            preview.isReport
                ? "<p>It is only told: <code>retentionDefaults.mode</code> is <code>report</code>, and nothing is deleted.</p>"
                : ""
        }

        /// Of many the first.
        private func names(_ jobs: [String]) -> String {
            let shown = jobs.count > 8 ? 6 : jobs.count
            let more = shown < jobs.count ? " and \(jobs.count - shown) more" : ""
            return jobs.prefix(shown).joined(separator: ", ") + more
        }

        private func of(_ count: Int) -> HTML { "\(count) \(count == 1 ? "backup" : "backups")" }

        private var removals: HTML {
            guard preview.obstacle == nil, !preview.removals.isEmpty else { return "" }
            let rows = preview.removals.prefix(limit).map { decision in
                let backup = decision.candidate
                let zone = backup.jobs.lazy.compactMap { zones[$0] }.first ?? .utc
                let jobs = backup.jobs.isEmpty ? "by hand" : names(backup.jobs)
                let reasons = decision.reasons.map(\.description).joined(separator: "; ")
                return """
                    <tr><th scope="row">\(backup.id)<td>\(HTML(backup.time, in: zone, as: backup.jobs.isEmpty ? .momentInZone : .moment, at: present))<td>\(jobs)<td>\(reasons)

                    """ as HTML
            }
            let left = preview.removals.count - limit
            let more: HTML =
                left > 0 ? "<p>And \(left) more: <code>optimize-backup prune --dry-run</code> lists all.</p>" : ""
            return """
                <table><caption>To be removed, the oldest first</caption>
                <thead><tr><th scope="col">Backup<th scope="col">Of<th scope="col">Job<th scope="col">Why</thead>
                <tbody>\(rows)</tbody></table>\(more)
                """
        }

        private var holds: HTML {
            guard !preview.holds.isEmpty else { return "" }
            let rows = preview.holds.prefix(limit).map { hold in
                let until: HTML =
                    hold.marker.expiry.map { ", until \(HTML($0, in: .utc, as: .momentInZone, at: present))" } ?? ""
                return """
                    <li>\(hold.id.description) is held\(hold.marker.byAndReason)\(until): <code>optimize-backup release \(hold.id.description)</code> \
                    lets it go.

                    """ as HTML
            }
            let left = preview.holds.count - limit
            return "<h3>Held</h3><ul>\(rows)</ul>\((left > 0 ? "<p>And \(left) more.</p>" : "") as HTML)"
        }
    }
}

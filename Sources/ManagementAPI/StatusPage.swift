internal import BackupDaemon
internal import Backups
internal import HTTP
internal import Text
internal import Time

/// The page that a person opens: how all stands, and what comes next.
///
/// It shows, and changes nothing; it loads nothing from elsewhere, and all of it is there without JavaScript.
struct StatusPage {
    private let overview: Overview
    /// Made of the outlook, which seldom changes.
    private let sections: Sections
    private let present: Instant
    private let version: String

    /// What is made of the outlook: the past, and what retention does next.
    struct Sections: Sendable {
        let calendar: HTML
        let plots: HTML
        let retention: HTML

        init(_ outlook: Outlook, at now: Instant) {
            calendar = Calendar(outlook, at: now).html
            plots = Plots(outlook).html
            retention = RetentionSection(outlook, at: now).html
        }
    }

    init(_ overview: Overview, _ sections: Sections, version: String, at now: Instant) {
        (self.overview, self.sections, self.version, present) = (overview, sections, version, now)
    }

    var response: HTTPResponse {
        HTTPResponse(
            status: 200,
            fields: [
                "Content-Type": "text/html; charset=utf-8",
                "Content-Security-Policy": Self.contentSecurityPolicy,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "no-store",
            ], body: Array(html.markup.utf8))
    }

    /// Nothing but its own style and its own script, known by their digests, and itself once more.
    static let contentSecurityPolicy =
        "default-src 'none'; style-src 'sha256-\(styleDigest)'; script-src 'sha256-\(scriptDigest)'; connect-src 'self'; "
        + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    private var html: HTML {
        let title = "\(symbol) \(overview.verdict.headline.text(at: present)) – optimize-backup"
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <link rel="icon" href="data:,">
            <title>\(title)</title>
            <style>\(HTML(stringLiteral: Self.style))</style>
            </head>
            <body>
            <p id="lost" role="alert" hidden></p>
            <main>
            \(verdict)
            \(jobs)
            \(sections.calendar)
            \(sections.plots)
            \(activities)
            \(sections.retention)
            \(problems)
            \(foundation)
            </main>
            <p id="told" role="status"></p>
            <footer>
            <p>optimize-backup \(version). This page shows how all stands, and changes nothing.
            <a href="/actuator/health">Health</a>, <a href="/metrics">metrics</a>, <a href="/actuator">the API</a>.</p>
            </footer>
            <script>\(HTML(stringLiteral: Self.script))</script>
            </body>
            </html>

            """
    }

    private var symbol: String {
        switch overview.verdict.level {
        case .good: "✓"
        case .notice: "•"
        case .trouble: "✗"
        case .unknown: "?"
        }
    }

    private var verdict: HTML {
        let remarks = overview.verdict.remarks.map { "<p>\(HTML($0, at: present))</p>" as HTML }
        return """
            <header class="verdict \(overview.verdict.level.rawValue)">
            <h1><span aria-hidden="true">\(symbol)</span> \(HTML(overview.verdict.headline, at: present))</h1>
            \(remarks)
            </header>
            """
    }

    private var activities: HTML {
        guard !overview.activities.isEmpty else {
            return "<section><h2>Running now</h2><p>Nothing.</p></section>"
        }
        let rows = overview.activities.map { activity in
            let bar: HTML =
                activity.progress.map { progress in
                    let percent = Int(progress * 100)
                    return
                        "<progress max=\"100\" value=\"\(percent)\" aria-label=\"How far it is\">\(percent) %</progress>"
                } ?? ""
            return "<li>\(HTML(activity.words, at: present)) \(bar)" as HTML
        }
        return "<section><h2>Running now</h2><ul>\(rows)</ul></section>"
    }

    private var problems: HTML {
        let well: HTML =
            overview.well.isEmpty
            ? "" : "<p>All is well with \(overview.well.joined(separator: ", ")).</p>"
        guard !overview.problems.isEmpty else {
            return "<section><h2>Problems</h2><p>None.</p>\(well)</section>"
        }
        let rows = overview.problems.map { problem in
            let (status, advice) = (
                problem.status.rawValue, problem.advice.map { "<p>\(HTML($0, at: present))</p>" as HTML }
            )
            let since: HTML = problem.since.map { " since \(HTML($0, in: zone, at: present))" } ?? ""
            return """
                <tr><th scope="row">\(problem.name)<td class="\(status.lowercased())">\(status)\(since)<td>\(problem.reason ?? "")\(advice)

                """ as HTML
        }
        return """
            <section><h2>Problems</h2>
            <table><caption>What is not simply up, or has something to say</caption>
            <thead><tr><th scope="col">Component<th scope="col">State<th scope="col">Why, and what to do</thead>
            <tbody>\(rows)</tbody></table>
            \(well)</section>
            """
    }

    /// When that was seen of which all is made.
    private var foundation: HTML {
        let backups = overview.backupCount == 1 ? "1 backup" : "\(overview.backupCount) backups"
        let seen: HTML =
            overview.seen.map {
                "The repository, with \(backups), was last seen \(HTML($0, in: zone, as: .momentInZone, at: present)). "
            } ?? ""
        return """
            <p class="small">\(seen)This page asks the engine nothing. The daemon looks when a backup ends, when /metrics or health are asked for, \
            and every few hours.</p>
            """
    }

    private var zone: Zone { overview.jobs.first?.zone ?? .utc }
}

// MARK: - Jobs

extension StatusPage {
    private var jobs: HTML {
        guard !overview.jobs.isEmpty else { return "<section><h2>Jobs</h2><p>None are configured.</p></section>" }
        return "<section><h2>Jobs</h2><div class=\"cards\">\(overview.jobs.map(card))</div></section>"
    }

    private func card(_ job: JobOverview) -> HTML {
        func moment(_ time: Instant) -> HTML { HTML(time, in: job.zone, at: present) }
        let lastGood: HTML =
            job.lastGood.map { last in "\(moment(last.time)) <span class=\"small\">\(last.id.description)</span>" }
            ?? "none"
        let next: HTML = job.next.map(moment) ?? "none"
        let figures = [job.lastDuration.map { "took \($0.text)" }, job.size.map { $0.total.inBytes }].compactMap { $0 }
        let last: HTML = figures.isEmpty ? lastGood : "\(lastGood), \(figures.joined(separator: ", "))"
        let proven: HTML = job.proven.map { "<dt>Proven<dd>\(moment($0))" } ?? ""
        return """
            <article class="card"><h3>\(job.name) <span class="state \(job.state.kind)">\(job.state.words)</span></h3>
            <dl><dt>Last good<dd>\(last)<dt>Next run<dd>\(next)\(proven)\
            <dt>Schedule<dd><code>\(job.schedule)</code>, \(job.zone.words(at: present))</dl>
            \(job.remarks.map { "<p>\(HTML($0, at: present))</p>" as HTML })</article>

            """
    }
}

extension JobOverview.State {
    /// What its colour says besides its words.
    fileprivate var kind: String {
        switch self {
        case .good: "good"
        case .running, .waiting, .paused, .empty, .unknown: "notice"
        case .failed, .overdue, .damaged: "trouble"
        }
    }
}

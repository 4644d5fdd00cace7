internal import BackupDaemon
internal import Time

extension StatusPage {
    /// The last sixty days of each job, as the repository shows them.
    struct Calendar {
        private let outlook: Outlook
        private let present: Instant

        init(_ outlook: Outlook, at now: Instant) { (self.outlook, present) = (outlook, now) }

        var html: HTML {
            guard outlook.histories.contains(where: { !$0.history.days.isEmpty }) else { return "" }
            let isCrowded = outlook.histories.count > 8
            let jobs = outlook.histories.map {
                isCrowded ? strip($0.job, $0.history) : month($0.job, $0.zone, $0.history)
            }
            let body: HTML =
                isCrowded
                ? """
                <div class="wide" tabindex="0" role="region" aria-label="The last 60 days of all jobs">
                <table><caption>A sign a day, today last, a space before each Monday</caption>
                <thead><tr><th scope="col">Job<th scope="col">In words<th scope="col">Days</thead><tbody>\(jobs)</tbody></table></div>
                """ : "<div class=\"cards\">\(jobs)</div>"
            return """
                <section><h2>The last 60 days</h2>
                \(body)
                <p class="small">\(legend) As the repository shows them: of what retention has removed there is no backup.</p></section>
                """
        }

        private var legend: HTML {
            let signs = JobHistory.Verdict.allCases.map {
                "<span class=\"\($0.mark)\">\($0.sign) \($0.words)</span>" as HTML
            }
            return "<span class=\"legend\">\(signs)</span>"
        }

        // MARK: - Weeks below each other

        private func month(_ job: String, _ zone: Zone, _ history: JobHistory) -> HTML {
            guard history.days.contains(where: { $0.verdict != .none }) else {
                return "<p><b>\(job)</b>: no backup.</p>"
            }
            var weeks: [HTML] = []
            for days in history.weeks {
                guard let first = days.first?.date else { continue }
                let monday = first.adding(days: 1 - first.weekday)
                var row: HTML = "<tr><th scope=\"row\">\(monday.dayAndMonth)"
                if first.weekday > 1 { row += "<td colspan=\"\(first.weekday - 1)\">" }
                for day in days { row += cell(day, isToday: day == history.days.last) }
                row += "\n"
                weeks.append(row)
            }
            let weekdays = CalendarDate.weekdays.map {
                "<th scope=\"col\" abbr=\"\($0)\">\(String($0.prefix(2)))" as HTML
            }
            return """
                <table class="days"><caption><b>\(job)</b>, \(zone.words(at: present)): \(history.summary)</caption>
                <thead><tr><th scope="col" abbr="Week from Monday">From\(weekdays)</thead>
                <tbody>\(weeks)</tbody></table>

                """
        }

        private func cell(_ day: JobHistory.Day, isToday: Bool) -> HTML {
            let today: HTML = isToday ? " aria-current=\"date\"" : ""
            return "<td class=\(day.verdict.mark)\(today)>\(day.date.day) <i>\(day.verdict.words)</i>"
        }

        // MARK: - A line for each of many jobs

        private func strip(_ job: String, _ history: JobHistory) -> HTML {
            var signs = ""
            for day in history.days {
                if day.date.weekday == 1, !signs.isEmpty { signs += " " }
                signs += day.verdict.sign
            }
            return
                "<tr><th scope=\"row\">\(job)<td>\(history.summary)<td class=\"signs\" aria-hidden=\"true\">\(signs)\n"
        }
    }
}

extension JobHistory {
    /// From Monday to Sunday, but for the first and the last.
    fileprivate var weeks: [[Day]] {
        days.reduce(into: []) { weeks, day in
            if day.date.weekday == 1 || weeks.isEmpty { weeks.append([]) }
            weeks[weeks.count - 1].append(day)
        }
    }

    /// Such as `57 good, 1 failed (3 Jan), 2 without a backup`.
    fileprivate var summary: String {
        let counted = Verdict.allCases.compactMap { verdict -> String? in
            let own = days.filter { $0.verdict == verdict }
            guard !own.isEmpty else { return nil }
            let words = "\(own.count) \(verdict == .none ? "without a backup" : verdict.words)"
            guard ![.good, .none].contains(verdict) else { return words }
            let dates = own.suffix(4).map(\.date.dayAndMonth).joined(separator: ", ")
            return "\(words) (\(own.count > 4 ? "the last: " : "")\(dates))"
        }
        return counted.joined(separator: ", ")
    }
}

extension JobHistory.Verdict {
    var words: String {
        switch self {
        case .good: "good"
        case .mixed: "good and failed"
        case .failed: "failed"
        case .unreadable: "unreadable"
        case .running: "running"
        case .none: "no backup"
        }
    }

    /// What tells it from others without colour.
    var sign: String {
        switch self {
        case .good: "✓"
        case .mixed: "±"
        case .failed: "✗"
        case .unreadable: "?"
        case .running: "…"
        case .none: "·"
        }
    }

    /// The class by which the style knows it.
    var mark: HTML {
        switch self {
        case .good: "g"
        case .mixed: "m"
        case .failed: "f"
        case .unreadable: "u"
        case .running: "r"
        case .none: "n"
        }
    }
}

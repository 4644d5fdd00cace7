internal import BackupDaemon
internal import Backups
internal import Text
internal import Time

extension StatusPage {
    /// How long the newest good backups of each job took, and how large they are.
    struct Plots {
        private let outlook: Outlook

        init(_ outlook: Outlook) { self.outlook = outlook }

        var html: HTML {
            let histories = outlook.histories.filter { !$0.history.durations.isEmpty }
            guard !histories.isEmpty else { return "" }
            let plots = histories.map { job, _, history in
                """
                <div class="card"><h3>\(job)</h3>
                \(durations(history.durations, of: job))\(sizes(history.sizes, of: job))</div>

                """ as HTML
            }
            return """
                <section><h2>Durations and sizes</h2><div class="cards">\(plots)</div>
                <p class="small">Of the newest good backups, the oldest on the left. Sizes are known of those that this daemon has seen ending, and of \
                the newest ones at its start.</p></section>
                """
        }

        private func durations(_ all: [JobHistory.Figure<Duration>], of job: String) -> HTML {
            let figures = all.suffix(limit)
            let sorted = figures.map(\.value).sorted()
            guard let last = figures.last, let longest = sorted.last else { return "" }
            let words =
                "Duration: last \(last.value.text), median \(sorted[sorted.count / 2].text), longest \(longest.text)"
            return figure(
                figures.map { $0.value.seconds }, words,
                name: "Durations of the last \(figures.count.of("good backup")) of \(job)")
        }

        private func sizes(_ all: [JobHistory.Figure<Backup.Size>], of job: String) -> HTML {
            let figures = all.suffix(limit)
            guard let last = figures.last else { return "<p class=\"small\">No sizes are known.</p>" }
            let total = "Size: \(last.value.total.inBytes), of which the last brought \(last.value.incremental.inBytes)"
            guard figures.count > 1 else { return "<p class=\"small\">\(total)</p>" }
            return figure(
                figures.map { Double($0.value.total) }, total,
                name: "Sizes of \(figures.count.of("good backup")) of \(job)")
        }

        /// Of many jobs fewer each.
        private var limit: Int { outlook.histories.count > 8 ? 20 : 60 }

        /// Bars from zero, with what they come to in words.
        private func figure(_ values: [Double], _ words: String, name: String) -> HTML {
            let (slots, height) = (max(values.count, 20), 40.0)
            let top = max(values.max() ?? 0, .leastNonzeroMagnitude)
            // A stroke upwards for each.
            var path: HTML = "M\((slots - values.count) * 4 + 2) 40"
            for value in values {
                let bar = max(Int((value / top * height).rounded()), 1)
                path += "v-\(bar)m4 \(bar)"
            }
            return """
                <figure><svg role="img" aria-label="\(name)" viewBox="0 0 \(slots * 4) 41" preserveAspectRatio="none">\
                <path d="\(path)"/></svg><figcaption>\(words)</figcaption></figure>
                """
        }
    }
}

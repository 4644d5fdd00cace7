internal import BackupDaemon
internal import HTTP
internal import Synchronization
internal import Time

/// The status page, made once for every change of how everything stands, and anew every quarter of an hour: words such as "today" end at a midnight somewhere.
///
/// What takes longest, the past and what retention does next, is made anew only when what it is made of has changed.
final class StatusPages: Sendable {
    private let sections = Mutex<(basis: Outlook.Basis, value: StatusPage.Sections)?>(nil)
    private let answer = Mutex<(version: Int, quarter: Int64, value: HTTPResponse)?>(nil)

    func answer(of standing: Standing, at now: Instant, version: String) -> HTTPResponse {
        let quarter = floorDivision(now.secondsSinceEpoch, 900)
        if let kept = answer.withLock({ $0 }), (kept.version, kept.quarter) == (standing.version, quarter) {
            return kept.value
        }
        let overview = Overview(standing, at: now)
        let response = StatusPage(overview, sections(of: standing, at: now), version: version, at: now).response
        answer.withLock { $0 = (standing.version, quarter, response) }
        return response
    }

    private func sections(of standing: Standing, at now: Instant) -> StatusPage.Sections {
        let basis = Outlook.Basis(standing, at: now)
        if let kept = sections.withLock({ $0 }), kept.basis == basis { return kept.value }
        let made = StatusPage.Sections(Outlook(standing, at: now), at: now)
        sections.withLock { $0 = (basis, made) }
        return made
    }
}

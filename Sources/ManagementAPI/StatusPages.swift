internal import BackupDaemon
internal import HTTP
internal import Synchronization
internal import Time

/// The status page, made once for every change of how everything stands, and anew every quarter of an hour: words such as "today" end at a midnight somewhere.
///
/// What takes longest, the past and what retention does next, is not made anew for the progress of what runs.
final class StatusPages: Sendable {
    private struct Kept<Value: Sendable>: Sendable {
        let version: Int
        let quarter: Int64
        let value: Value
    }

    private let sections = Mutex<Kept<StatusPage.Sections>?>(nil)
    private let answer = Mutex<Kept<HTTPResponse>?>(nil)

    func answer(of standing: Standing, at now: Instant, version: String) -> HTTPResponse {
        let quarter = floorDivision(now.secondsSinceEpoch, 900)
        if let kept = answer.withLock({ $0 }), (kept.version, kept.quarter) == (standing.version, quarter) {
            return kept.value
        }
        let page = StatusPage(
            Overview(standing, at: now), sections(of: standing, at: now, quarter), version: version, at: now)
        let response = page.response
        answer.withLock { $0 = Kept(version: standing.version, quarter: quarter, value: response) }
        return response
    }

    private func sections(of standing: Standing, at now: Instant, _ quarter: Int64) -> StatusPage.Sections {
        if let kept = sections.withLock({ $0 }), (kept.version, kept.quarter) == (standing.settledVersion, quarter) {
            return kept.value
        }
        let made = StatusPage.Sections(Outlook(standing, at: now), at: now)
        sections.withLock { $0 = Kept(version: standing.settledVersion, quarter: quarter, value: made) }
        return made
    }
}

import Configuration
import Scheduling
import Testing
import Time

@testable import BackupDaemon

/// When a drill may begin.
@Suite(.timeLimit(.minutes(10)))
struct DrillWindowTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let schedules: [String]
        let hours: Int64
        let window: DrillWindow
    }

    /// At noon of the 14th.
    static let cases: [Case] = [
        Case(testDescription: "no job", schedules: [], hours: 2, window: .atOnce),
        Case(testDescription: "the night is far", schedules: ["0 2 * * *"], hours: 2, window: .atOnce),
        Case(
            testDescription: "too near", schedules: ["30 13 * * *"], hours: 2,
            window: .after(time("2027-01-14T13:30:00Z"))),
        Case(
            testDescription: "as long as there is", schedules: ["0 14 * * *"], hours: 2, window: .atOnce),
        Case(
            testDescription: "between two of several jobs", schedules: ["0 13 * * *", "0 14,20 * * *"], hours: 5,
            window: .after(time("2027-01-14T14:00:00Z"))),
        Case(
            testDescription: "never room", schedules: ["0 * * * *"], hours: 2,
            window: .crowded(after: time("2027-01-14T13:00:00Z"))),
    ]

    @Test(arguments: cases)
    func itLeavesRoomForFireTimes(row: Case) throws {
        let jobs = try row.schedules.enumerated().map { number, text in
            JobSettings(name: "job-\(number)", schedule: try Schedule(text))
        }
        #expect(DrillWindow(jobs, length: .seconds(row.hours * 3_600), at: time("2027-01-14T12:00:00Z")) == row.window)
    }
}

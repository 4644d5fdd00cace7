import ElasticsearchClient
import Testing
import Time

@testable import BackupDaemon
@testable import Backups

/// The days of a job, as its own calendar has them.
@Suite(.timeLimit(.minutes(10)))
struct JobHistoryTests {
    private func seen(_ backups: [Backup], engineLead: Duration = .zero) -> SeenRepository {
        SeenRepository(
            look(backups.newestFirst), time: time("2027-04-01T00:00:00Z"), uptime: .zero, engineLead: engineLead)
    }

    private func days(_ backups: [Backup], _ zone: String, at now: String, count: Int = 4) throws -> [String] {
        let history = JobHistory(
            of: "nightly", in: seen(backups), zone: try Zone.load(zone), at: time(now), days: count)
        return history.days.map { "\($0.date.dayAndMonth) \($0.verdict.rawValue)" }
    }

    /// On March 28 clocks go from 02:00 to 03:00 in Berlin, on October 31 from 03:00 to 02:00.
    @Test(arguments: [
        ("Europe/Berlin", "2027-03-29T12:00:00Z", ["26 Mar none", "27 Mar good", "28 Mar good", "29 Mar good"]),
        ("UTC", "2027-03-29T12:00:00Z", ["26 Mar good", "27 Mar good", "28 Mar good", "29 Mar none"]),
        ("America/New_York", "2027-03-29T02:00:00Z", ["25 Mar none", "26 Mar good", "27 Mar good", "28 Mar good"]),
    ])
    func aDayBeginsAtMidnightInTheJobsZone(zone: String, now: String, expected: [String]) throws {
        // 00:30 in Berlin, before and after the change.
        let times = ["2027-03-26T23:30:00Z", "2027-03-27T23:30:00Z", "2027-03-28T22:30:00Z"]
        #expect(try days(times.map { backup($0) }, zone, at: now) == expected)
    }

    @Test func anHourThatComesTwiceIsOneDay() throws {
        let times = ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z", "2027-10-31T22:59:59Z", "2027-10-31T23:00:00Z"]
        let found = try days(
            times.map { backup($0, $0 == times[1] ? .failed : .success) }, "Europe/Berlin", at: "2027-11-01T12:00:00Z")
        #expect(found == ["29 Oct none", "30 Oct none", "31 Oct mixed", "1 Nov good"])
    }

    @Test func ofOneFireTimeTheGoodAttemptCounts() throws {
        let first = backup("2027-03-29T02:00:00Z", .failed)
        let second = backup("2027-03-29T02:00:00Z", attempt: 2)
        let cases: [([Backup], String)] = [
            ([first, second], "good"), ([first], "failed"), ([], "none"),
            ([backup("2027-03-29T02:00:00Z", isUnreadable: true)], "unreadable"),
            ([backup("2027-03-29T02:00:00Z", .inProgress), backup("2027-03-29T01:00:00Z")], "running"),
            ([backup("2027-03-29T02:00:00Z", of: ["weekly"])], "none"),
            // What a wrong clock has dated in the future is not there yet.
            ([backup("2027-03-29T13:00:00Z")], "none"),
        ]
        for (backups, verdict) in cases {
            #expect(try days(backups, "UTC", at: "2027-03-29T12:00:00Z", count: 1) == ["29 Mar \(verdict)"])
        }
    }

    @Test func figuresAreOfTheNewestGoodOnes() {
        let backups = (1...28).map { day in
            backup(
                "2027-02-\(day < 10 ? "0" : "")\(day)T02:00:00Z", day == 27 ? .failed : .success,
                seconds: Int64(day) * 2)
        }
        let history = JobHistory(
            of: "nightly", in: seen(backups), zone: .utc, at: time("2027-04-01T00:00:00Z"), days: 2, figures: 3)
        #expect(history.durations.map(\.value) == [.seconds(50), .seconds(52), .seconds(56)])
        #expect(history.sizes.isEmpty)
        #expect(history.days.map(\.verdict) == [.none, .none])
    }
}

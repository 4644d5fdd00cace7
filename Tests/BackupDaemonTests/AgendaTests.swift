import Configuration
import Scheduling
import Testing
import Time

@testable import BackupDaemon

/// What is due, missed, and shown again; each case as moments at which the agenda is asked, and what it says.
@Suite(.timeLimit(.minutes(10)))
struct AgendaTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var jobs = ["job": "0 * * * *"]
        var change: @Sendable (inout JobSettings) -> Void = { _ in }
        /// `dd hh:mm:ss` of January 2027; the first is the start.
        let moments: [(time: String, said: String)]
    }

    static let cases = [
        Case(
            testDescription: "each fire time is due once",
            moments: [
                ("15 08:00:05", ""), ("15 08:59:59", ""), ("15 09:00:00", "due 15 09:00 of job"), ("15 09:00:01", ""),
                ("15 10:00:02", "due 15 10:00 of job"),
            ]),
        Case(
            testDescription: "the start itself is not due",
            moments: [("15 08:00:00", ""), ("15 08:00:01", ""), ("15 09:00:00", "due 15 09:00 of job")]),
        Case(
            testDescription: "jobs that are due at one moment share a backup",
            jobs: ["a": "0 * * * *", "b": "*/30 * * * *", "c": "30 8 * * *"],
            moments: [
                ("15 08:00:05", ""), ("15 08:30:00", "due 15 08:30 of b, c"), ("15 09:00:00", "due 15 09:00 of a, b"),
            ]),
        Case(
            testDescription: "a clock that is set forward misses all but the newest",
            moments: [
                ("15 08:00:05", ""),
                ("15 13:00:05", "due 15 13:00 of job; job missed 4, 4 counting, 15 09:00 to 15 12:00"),
            ]),
        Case(
            testDescription: "the newest is run late, too",
            moments: [
                ("15 08:00:05", ""),
                ("15 11:40:00", "due 15 11:00 of job; job missed 2, 2 counting, 15 09:00 to 15 10:00"),
            ]),
        Case(
            testDescription: "unless nobody wants it caught up", change: { $0.catchUp = .none },
            moments: [
                ("15 08:00:05", ""), ("15 09:01:00", "due 15 09:00 of job"),
                ("15 11:01:01", "job missed 2, 2 counting, 15 10:00 to 15 11:00"),
            ]),
        Case(
            testDescription: "or it is too old", change: { $0.catchUpWithin = .seconds(600) },
            moments: [
                ("15 08:00:05", ""), ("15 09:10:00", "due 15 09:00 of job"),
                ("15 10:10:01", "job missed 1, 1 counting, 15 10:00 to 15 10:00"),
            ]),
        Case(
            testDescription: "a clock that is set back runs nothing twice",
            moments: [
                ("15 08:00:05", ""), ("15 09:00:00", "due 15 09:00 of job"), ("15 10:00:00", "due 15 10:00 of job"),
                ("15 07:00:30", ""), ("15 08:00:00", "due 15 08:00 of job"),
                ("15 09:00:00", "job shown again 1, 15 09:00 to 15 09:00"),
                ("15 10:30:00", "job shown again 1, 15 10:00 to 15 10:00"), ("15 11:00:00", "due 15 11:00 of job"),
            ]),
        Case(
            testDescription: "a clock that was a year ahead silences nobody",
            moments: [
                ("15 08:00:05", ""),
                ("380 08:00:05", "due 380 08:00 of job; job missed 8759, 8759 counting, 15 09:00 to 380 07:00"),
                ("15 08:01:00", ""), ("15 09:00:00", "due 15 09:00 of job"), ("15 10:00:00", "due 15 10:00 of job"),
            ]),
        Case(
            testDescription: "what is paused by the configuration misses nothing", change: { $0.isPaused = true },
            moments: [("15 08:00:05", ""), ("15 13:00:05", "")]),
        Case(
            testDescription: "an interval counts from 1970", jobs: ["job": "@every 90m"],
            moments: [
                ("15 08:00:05", ""), ("15 09:00:00", "due 15 09:00 of job"), ("15 10:30:00", "due 15 10:30 of job"),
            ]),
    ]

    @Test(arguments: cases)
    func says(what: Case) throws {
        var agenda = Agenda(try settings(what.jobs, what.change), at: time(what.moments[0].time))
        for moment in what.moments {
            let step = agenda.advance(to: time(moment.time))
            #expect(describe(step) == moment.said, "at \(moment.time)")
        }
    }

    /// However many come at once, they are a count and two times.
    @Test func aRunOfSecondsIsTwoTimesAndACount() throws {
        var agenda = Agenda(try settings(["job": "* * * * * *"]), at: time("15 08:00:00"))
        let step = agenda.advance(to: time("17 08:00:00"))
        #expect(describe(step) == "due 17 08:00 of job; job missed 172799, 172799 counting, 15 08:00 to 17 07:59")
    }

    @Test func whatHasEndedIsNotCountedAsMissed() throws {
        var agenda = Agenda(try settings(["job": "0 * * * *"]), at: time("15 08:30:00"))
        #expect(agenda.end(["job"], at: time("15 10:00:00")) == ["job"])
        #expect(agenda.end(["job"], at: time("15 10:00:00")).isEmpty, "it ends once")
        let step = agenda.advance(to: time("15 12:00:00"))
        #expect(describe(step) == "due 15 12:00 of job; job missed 3, 2 counting, 15 09:00 to 15 11:00")
    }

    @Test func whatIsTakenBackComesAgain() throws {
        var agenda = Agenda(try settings(["job": "0 * * * *"]), at: time("15 08:30:00"))
        #expect(describe(agenda.advance(to: time("15 09:00:00"))) == "due 15 09:00 of job")
        agenda.withdraw(["job"], at: time("15 09:00:00"))
        _ = agenda.advance(to: time("15 08:40:00"))
        #expect(describe(agenda.advance(to: time("15 09:00:00"))) == "due 15 09:00 of job")
    }

    @Test func aLaterFireTimeOvertakes() throws {
        var agenda = Agenda(try settings(["job": "0 * * * *"]), at: time("15 08:30:00"))
        _ = agenda.advance(to: time("15 09:00:00"))
        #expect(!agenda.isOvertaken("job", at: time("15 09:00:00")))
        _ = agenda.advance(to: time("15 10:00:00"))
        #expect(agenda.isOvertaken("job", at: time("15 09:00:00")))
        #expect(!agenda.isOvertaken("other", at: time("15 09:00:00")))
    }

    @Test func aReloadKeepsThePhaseOfJobsThatStay() throws {
        var agenda = Agenda(try settings(["a": "0 * * * *", "b": "0 * * * *"]), at: time("15 08:30:00"))
        agenda.replace(try settings(["a": "0 * * * *", "b": "30 * * * *", "c": "0 * * * *"]), at: time("15 09:00:10"))
        #expect(agenda.since("a")?.time == time("15 08:30:00") && agenda.since("a")?.isChange == false)
        #expect(agenda.since("b")?.time == time("15 09:00:10") && agenda.since("b")?.isChange == true)
        #expect(describe(agenda.advance(to: time("15 09:00:20"))) == "due 15 09:00 of a")
        #expect(agenda.awaited == .init(time: time("15 09:30:00"), job: "b") && agenda.next == time("15 09:30:00"))
    }

    @Test func retentionHasItsOwnFireTimes() throws {
        var settings = try settings([:])
        settings.defaults.schedule = try Schedule("0 3 * * *")
        var agenda = Agenda(settings, at: time("15 02:00:00"))
        #expect(agenda.next == time("15 03:00:00") && agenda.awaited == nil)
        let due = ["15 02:59:00", "15 03:00:00", "15 03:00:01", "15 01:00:00", "15 03:00:00", "20 04:00:00"]
            .map { agenda.advance(to: time($0)).isPruneDue }
        #expect(due == [false, true, false, false, true, true])
        settings.defaults.schedule = nil
        agenda.replace(settings, at: time("20 04:00:00"))
        #expect(agenda.next == nil && !agenda.advance(to: time("25 04:00:00")).isPruneDue)
    }

    /// What lies before the start, by the fire times at which something else than nothing was found.
    @Test(
        arguments: [
            ("all is missing", [:], "due 15 12:00; missed 3, 15 09:00 to 15 11:00"),
            (
                "one is settled", ["10": .settled],
                "due 15 12:00; missed 2, 15 09:00 to 15 11:00"
            ),
            (
                "the newest is settled: nothing older is run", ["12": .settled],
                "missed 3, 15 09:00 to 15 11:00"
            ),
            (
                "what can't be read may be good", ["10": .unreadable, "12": .unreadable],
                "due 15 11:00; missed 1, 15 09:00 to 15 09:00"
            ),
        ] as [(String, [String: Agenda.Past], String)])
    func catchesUp(what: String, past: [String: Agenda.Past], said: String) throws {
        var agenda = Agenda(try settings(["job": "0 * * * *"]), at: time("15 12:30:00"))
        let caught = agenda.catchUp(
            "job", after: time("15 08:00:00"), upTo: time("15 12:30:00"), at: time("15 12:30:05")
        ) { past[String(Self.describe($0).split(separator: " ")[1].prefix(2))] ?? .missing }
        let due = caught.due.map { "due \(Self.describe($0.time))" }
        let missed = caught.missed.map { "missed \($0.count), \(Self.describe($0.first)) to \(Self.describe($0.last))" }
        #expect([due, missed].compactMap { $0 }.joined(separator: "; ") == said)
        #expect(!caught.isOvertaken)
    }

    /// While the repository could not be seen a later one may have come; nothing older than `catchUpWithin` is looked at.
    @Test func catchingUpComesTooLateOrTooFar() throws {
        var late = Agenda(try settings(["job": "0 * * * *"]), at: time("15 12:30:00"))
        _ = late.advance(to: time("15 13:00:00"))
        let overtaken = late.catchUp(
            "job", after: time("15 11:00:00"), upTo: time("15 12:30:00"), at: time("15 13:00:10")
        ) { _ in .missing }
        #expect(overtaken.due?.time == time("15 12:00:00") && overtaken.isOvertaken && overtaken.missed == nil)
        var far = Agenda(
            try settings(["job": "0 * * * *"]) { $0.catchUpWithin = .seconds(7_200) }, at: time("15 12:30:00"))
        let caught = far.catchUp(
            "job", after: time("14 08:00:00"), upTo: time("15 12:30:00"), at: time("15 12:30:05")
        ) { _ in .missing }
        #expect(caught.due?.time == time("15 12:00:00") && caught.missed?.count == 1)
    }

    private func settings(
        _ jobs: [String: String], _ change: (inout JobSettings) -> Void = { _ in }
    ) throws -> DaemonSettings {
        DaemonSettings(
            jobs: try jobs.sorted { $0.key < $1.key }.map { name, schedule in
                var job = JobSettings(name: name, schedule: try Schedule(schedule))
                change(&job)
                return job
            })
    }

    /// 2027-01-01T00:00:00Z, in seconds since the epoch.
    private static let january = 1_798_761_600 as Int64

    private func time(_ text: String) -> Instant {
        let fields = text.split { " :".contains($0) }.compactMap { Int64($0) }
        return Instant(
            secondsSinceEpoch: Self.january + fields[0] * 86_400 + fields[1] * 3_600 + fields[2] * 60
                + (fields.count > 3 ? fields[3] : 0) - 86_400)
    }

    private static func describe(_ time: Instant) -> String {
        let seconds = time.secondsSinceEpoch - january + 86_400
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(seconds / 86_400) \(two(seconds % 86_400 / 3_600)):\(two(seconds % 3_600 / 60))"
    }

    private func describe(_ step: Agenda.Step) -> String {
        let due = step.due.map { "due \(Self.describe($0.fire.time)) of \($0.jobs.joined(separator: ", "))" }
        let missed = step.missed.sorted { $0.key < $1.key }.map { job, times in
            "\(job) missed \(times.count), \(times.counting) counting, \(Self.describe(times.first)) to \(Self.describe(times.last))"
        }
        let again = step.shownAgain.sorted { $0.key < $1.key }.map { job, times in
            "\(job) shown again \(times.count), \(Self.describe(times.first)) to \(Self.describe(times.last))"
        }
        return (due + missed + again).joined(separator: "; ")
    }
}

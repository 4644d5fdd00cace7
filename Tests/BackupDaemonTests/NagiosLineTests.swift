import Testing
import Time

@testable import BackupDaemon
@testable import Backups

/// The one line for Nagios and its kind.
@Suite(.timeLimit(.minutes(10)))
struct NagiosLineTests {
    private static let good = backup("2027-01-15T02:00:00Z")
    private static let weekly = backup("2027-01-11T04:00:00Z", of: ["weekly"])
    private static let figures =
        "'nightly_age'=540s;;89940;0 'nightly_duration'=60s;;;0 'weekly_age'=338940s;;608340;0 'weekly_duration'=60s;;;0 "
        + "'backups'=2;;;0 'unreadable'=0;;0;0"

    private func line(
        _ backups: [Backup], problems: [String] = [], warnings: [String] = [], markers: [String] = [],
        at now: String = "2027-01-15T02:10:00Z"
    ) throws -> NagiosLine {
        var scene = try StandingAtNight()
        scene.take(looked(backups, markers: markers))
        return NagiosLine(problems: problems, warnings: warnings, scene.at(now), at: time(now))
    }

    @Test func tellsWhatIsWell() throws {
        let line = try line([Self.good, Self.weekly])
        #expect(line.state == .ok)
        let words = "newest good backups: nightly 2027-01-15T02:01:00Z, weekly 2027-01-11T04:01:00Z"
        #expect(line.text == "OPTIMIZE-BACKUP OK: \(words) | \(Self.figures)")
    }

    @Test func tellsTheWorstFirst() throws {
        let late = try line([Self.good, Self.weekly], warnings: ["clocks disagree"], at: "2027-01-16T03:00:01Z")
        #expect(late.state == .critical)
        let words = "nightly: no backup has succeeded when one was owed; clocks disagree"
        #expect(
            late.text.hasPrefix("OPTIMIZE-BACKUP CRITICAL: \(words) | 'nightly_age'=89941s;;89940;0 "), "\(late.text)")
        let warned = try line([Self.good, Self.weekly], warnings: ["clocks disagree"])
        #expect(
            warned
                == NagiosLine(
                    problems: [], warnings: ["clocks disagree"], try standing([Self.good, Self.weekly]),
                    at: time("2027-01-15T02:10:00Z")))
        #expect(warned.text == "OPTIMIZE-BACKUP WARNING: clocks disagree | \(Self.figures)")
        let untried = try line([Self.good])
        #expect(
            untried.state == .warning && untried.text.contains("weekly: no backup has succeeded yet; "),
            "\(untried.text)")
    }

    private func standing(_ backups: [Backup]) throws -> Standing {
        var scene = try StandingAtNight()
        scene.take(looked(backups))
        return scene.at("2027-01-15T02:10:00Z")
    }

    /// A job that is paused owes nothing.
    @Test func aPausedJobIsNotLate() throws {
        let line = try line([Self.good, Self.weekly], markers: [marker(.pause, "nightly")], at: "2027-01-17T03:00:01Z")
        #expect(line.state == .ok && line.text.contains("'nightly_age'=176341s;;;0"), "\(line.text)")
    }

    /// Others' words neither end the line nor begin the performance data.
    @Test func othersWordsStayWords() {
        let line = NagiosLine(problems: ["a|b\nc\u{1B}"], warnings: [], nil, at: time("2027-01-15T02:10:00Z"))
        #expect(line.state == .critical && line.text == #"OPTIMIZE-BACKUP CRITICAL: a/b c\u{1B}"#, "\(line.text)")
        #expect(NagiosLine(unknown: "no file").text == "OPTIMIZE-BACKUP UNKNOWN: no file")
    }

    /// A new schedule excuses nobody for ever: the second fire time after the newest success has to have its own.
    @Test func anotherScheduleIsNoExcuse() throws {
        let settings = try StandingAtNight().settings
        let old = backup("2027-01-14T05:00:00Z", schedule: "abcd")
        for (now, state) in [("2027-01-16T03:00:00Z", NagiosLine.State.ok), ("2027-01-16T03:00:01Z", .critical)] {
            let standing = Standing(settings, look([old, Self.weekly]), engineLead: .zero, at: time(now))
            #expect(NagiosLine(problems: [], warnings: [], standing, at: time(now)).state == state, "\(now)")
        }
    }

    /// Who looks once sees what a daemon sees that has just started.
    @Test func aLookAloneTellsEnough() throws {
        let now = time("2027-01-16T03:00:01Z")
        let settings = try StandingAtNight().settings
        let standing = Standing(settings, look([Self.good, Self.weekly]), engineLead: .zero, at: now)
        #expect(
            NagiosLine(problems: [], warnings: [], standing, at: now)
                == (try line([Self.good, Self.weekly], at: "2027-01-16T03:00:01Z")))
    }
}

import BackupDaemon
import Configuration
import Scheduling
import Simulation
import Testing
import Time

/// The ledger, fed by hand with lives and outcomes.
@Suite struct LedgerTests {
    private static let day = Duration.seconds(86_400)
    /// A midnight; the job is due at two.
    private static let midnight = Instant(secondsSinceEpoch: 1_800_057_600)
    private static let settings: DaemonSettings = {
        guard let schedule = try? Schedule("0 2 * * *") else { preconditionFailure("a good expression") }
        return DaemonSettings(jobs: [JobSettings(name: "nightly", schedule: schedule)])
    }()

    private final class Told {
        var rules: [String] = []
    }

    private let told = Told()
    private let ledger: Ledger

    init() {
        let told = told
        ledger = Ledger(patience: .seconds(6 * 3_600)) { told.rules.append($0) }
    }

    private func night(_ number: Int) -> Ledger.FireTimeOfJob {
        .init("nightly", Self.midnight + Self.day * number + .seconds(7_200))
    }

    private func begin(after days: Int, newestGood: [String: Instant] = [:]) -> Life {
        let now = Self.midnight + Self.day * days
        return ledger.begin(
            "instance", on: "host", Self.settings, wall: now, now: now, newestGood: newestGood)
    }

    private func tell(_ outcome: Outcome, _ fire: Ledger.FireTimeOfJob, in life: Life) {
        ledger.tell(outcome, fire, in: life, now: fire.time)
    }

    /// Lets some days of a life pass, and ends it.
    private func end(_ life: Life, after days: Int, from first: Int = 0) {
        life.pass(to: Self.midnight + Self.day * (first + days), uptime: Self.day * days)
        ledger.end(life)
    }

    @Test func oneOutcomeEachIsAllRight() {
        let life = begin(after: 0)
        for (number, outcome) in [Outcome.success, .failed, .skipped, .missed].enumerated() {
            tell(outcome, night(number), in: life)
        }
        end(life, after: 4)
        ledger.close()
        #expect(told.rules == [])
    }

    @Test func aMissingOneIsFound() {
        let life = begin(after: 0)
        tell(.success, night(0), in: life)
        end(life, after: 2)
        #expect(
            told.rules == [
                "host (instance): the fire time 2027-01-17T02:00:00Z of nightly has no outcome; it came 79200 s before the end"
            ])
    }

    @Test func whatIsUnderWayAtTheEndMayBeOpen() {
        let life = begin(after: 0)
        life.pass(to: night(0).time + .seconds(3_600), uptime: .seconds(3 * 3_600))
        ledger.end(life)
        #expect(told.rules == [])
    }

    @Test func aSecondOneIsFound() {
        let life = begin(after: 0)
        tell(.failed, night(0), in: life)
        tell(.success, night(0), in: life)
        #expect(
            told.rules == [
                "host (instance): the fire time 2027-01-16T02:00:00Z of nightly ended 2 times: [\"failed\", \"success\"]"
            ])
    }

    @Test func aFalseOneIsFound() {
        let life = begin(after: 0)
        tell(.success, .init("nightly", night(0).time + .seconds(1)), in: life)
        #expect(
            told.rules == [
                "host (instance) tells success of the fire time 2027-01-16T02:00:01Z of nightly, which is none of its fire times"
            ])
    }

    /// The first life ends while its fire time is under way; whether the next one tells of it is what counts.
    @Test(arguments: [false, true])
    func whatARestartLosesIsFound(isTold: Bool) {
        let first = begin(after: 0)
        life(first, diesAt: night(0).time + .seconds(60))
        let second = begin(after: 1, newestGood: ["nightly": night(-1).time])
        if isTold { tell(.failed, night(0), in: second) }
        tell(.success, night(1), in: second)
        end(second, after: 1, from: 1)
        ledger.close()
        #expect(
            told.rules
                == (isTold
                    ? []
                    : [
                        "host (instance): the fire time 2027-01-16T02:00:00Z of nightly was lost: it came before the start, "
                            + "and was under way when host (instance) ended, and no life has told its outcome"
                    ]))
    }

    private func life(_ life: Life, diesAt time: Instant) {
        life.pass(to: time, uptime: time - Self.midnight)
        ledger.end(life)
    }

    @Test func whatOnlyAWrongClockMissedMayEndAgain() {
        let life = begin(after: 0)
        life.jump(to: Self.midnight + Self.day * 3)
        for number in 0..<2 { ledger.tell(.missed, night(number), in: life, now: Self.midnight) }
        tell(.success, night(2), in: life)
        life.jump(to: Self.midnight)
        for number in 0..<2 { tell(.success, night(number), in: life) }
        end(life, after: 3)
        #expect(told.rules == [])
    }

    @Test func aSuspendedHostMustTellWhatItHasMissed() {
        let life = begin(after: 0)
        life.jump(to: Self.midnight + Self.day * 2)
        tell(.missed, night(0), in: life)
        life.pass(to: Self.midnight + Self.day * 3, uptime: Self.day)
        ledger.end(life)
        #expect(told.rules.count == 2)
    }

    @Test func twoGoodBackupsOfOneFireTimeAreFound() {
        for id in ["1", "2"] { ledger.record(id, goodFor: night(0)) }
        ledger.record("1", goodFor: .init("weekly", night(0).time))
        ledger.close()
        #expect(
            told.rules == ["the fire time 2027-01-16T02:00:00Z of nightly has several good backups: [\"1\", \"2\"]"])
    }

    @Test func aPauseByMarkerIsCertainOnlyWhileItStands() {
        let now = Self.midnight
        ledger.pauseBegins("nightly", now: now)
        #expect(!ledger.isPaused("nightly", on: "host", at: now + Self.day))
        ledger.pauseStands("nightly", now: now + .seconds(1))
        #expect(ledger.isPaused("nightly", on: "host", at: now + Self.day))
        ledger.resumeBegins("nightly", now: now + Self.day * 2)
        ledger.resumeStands("nightly", now: now + Self.day * 2)
        #expect(!ledger.isPaused("nightly", on: "host", at: now + Self.day * 3))
        #expect(ledger.mayBePaused("nightly", on: "host", from: now + Self.day, to: now + Self.day * 3))
        #expect(!ledger.mayBePaused("nightly", on: "host", from: now + Self.day * 3, to: now + Self.day * 4))
    }
}

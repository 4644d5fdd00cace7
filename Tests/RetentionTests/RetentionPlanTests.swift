import Retention
import Testing
import Time

@Suite(.timeLimit(.minutes(10)))
struct RetentionPlanTests {
    private static let now = Instant(secondsSinceEpoch: 1_800_000_000)  // 2027-01-15T08:00:00Z

    /// A backup so many hours ago.
    private func backup(
        _ hours: Int64, _ state: Candidate.State = .completed, jobs: [String] = ["nightly"], isOurs: Bool = true
    ) -> Candidate {
        Candidate(id: "\(hours)", time: Self.now - .seconds(hours * 3_600), state: state, jobs: jobs, isOurs: isOurs)
    }

    /// `id: reasons` of what stays, `-id: reason` of what goes.
    private func plan(_ candidates: [Candidate], _ rules: RetentionRules) -> [String] {
        rules.plan(candidates.reversed(), now: Self.now).map {
            "\($0.keeps ? "" : "-")\($0.candidate.id): \($0.reasons.map(\.description).joined(separator: ", "))"
        }
    }

    private func nightly(_ policy: RetentionPolicy, zone: Zone = .utc) -> RetentionRules {
        RetentionRules(jobs: ["nightly": .init(policy: policy, zone: zone)])
    }

    @Test func keepsTheLastFew() {
        #expect(
            plan([backup(1), backup(2), backup(3), backup(4)], nightly(RetentionPolicy(keepLast: 2))) == [
                "1: newest completed backup, newest completed backup of nightly, nightly: last 1 of 2",
                "2: nightly: last 2 of 2",
                "-3: no rule keeps it", "-4: no rule keeps it",
            ])
    }

    /// A storage that denies some blobs for an evening must not cost anything, nor count for anything.
    @Test func whatCannotBeReadStaysAndCountsForNothing() {
        #expect(
            plan([backup(1, .unreadable), backup(2), backup(3)], nightly(RetentionPolicy(keepLast: 1))) == [
                "1: unreadable", "2: newest completed backup, newest completed backup of nightly, nightly: last 1 of 1",
                "-3: no rule keeps it",
            ])
    }

    /// After an upgrade of the engine the newest may be of no use: the newest that can be restored stays, and so does what may be.
    @Test func theNewestThatTheEngineCanRestoreStaysAsWell() {
        func restorable(_ hours: Int64, _ isRestorable: Bool?, jobs: [String] = ["nightly"]) -> Candidate {
            var candidate = backup(hours, jobs: jobs)
            candidate.isRestorable = isRestorable
            return candidate
        }
        func kept(_ candidates: [Candidate]) -> [String] {
            plan(candidates, nightly(RetentionPolicy(keepLast: 1))).filter { !$0.hasPrefix("-") }
        }
        let newest = "newest completed backup, newest completed backup of nightly, nightly: last 1 of 1"
        let left = "newest backup that the engine can restore, newest backup of nightly that the engine can restore"
        #expect(kept([restorable(1, true), restorable(2, true), restorable(3, true)]) == ["1: \(newest)"])
        #expect(
            kept([restorable(1, false), restorable(2, false), restorable(3, true), restorable(4, true)]) == [
                "1: \(newest)", "3: \(left)",
            ])
        #expect(
            kept([restorable(1, nil), restorable(2, false), restorable(3, true)]) == ["1: \(newest)", "3: \(left)"])
        #expect(
            kept([restorable(1, false), restorable(2, nil), restorable(3, true), restorable(4, nil)])
                == ["1: \(newest)", "2: \(left)", "3: \(left)"])
        #expect(kept([restorable(1, false), restorable(2, false)]) == ["1: \(newest)"])
        // Of each job.
        let rules = RetentionRules(jobs: [
            "nightly": .init(policy: RetentionPolicy(keepLast: 1), zone: .utc),
            "weekly": .init(policy: RetentionPolicy(keepLast: 1), zone: .utc),
        ])
        #expect(
            plan(
                [restorable(1, true), restorable(2, false, jobs: ["weekly"]), restorable(3, true, jobs: ["weekly"])],
                rules
            ).last
                == "3: newest backup of weekly that the engine can restore")
    }

    /// A host's clock that is a year ahead would let everything expire in one run.
    @Test func whileClocksDisagreeNothingGoesByItsAge() {
        var policy = RetentionPolicy()
        policy.expireAfter = .seconds(3_600)
        let candidates = [backup(1), backup(1_000), backup(2_000, .useless), backup(2_001)]
        func kept(_ areAgesKnown: Bool) -> [String] {
            nightly(policy).plan(candidates, now: Self.now, areAgesKnown: areAgesKnown).filter(\.keeps).map(
                \.candidate.id)
        }
        #expect(kept(true) == ["1"])
        #expect(kept(false) == ["1", "1000", "2000", "2001"])
        // What goes by number still goes.
        #expect(
            nightly(RetentionPolicy(keepLast: 1)).plan([backup(1), backup(2)], now: Self.now, areAgesKnown: false).last?
                .keeps == false)
    }

    @Test func keepsTheNewestOfEachDayAndTheOldestWhileCountsAreLeft() {
        // Now is 08:00: 9 hours ago is yesterday, 33 the day before.
        #expect(
            plan(
                [backup(1), backup(2), backup(9), backup(20), backup(33), backup(40)],
                nightly(RetentionPolicy(keep: [.daily: 4]))) == [
                    "1: newest completed backup, newest completed backup of nightly, nightly: daily 1 of 4",
                    "-2: no rule keeps it",
                    "9: nightly: daily 2 of 4", "-20: no rule keeps it", "33: nightly: daily 3 of 4",
                    "40: nightly: oldest, daily 4 of 4",
                ])
    }

    @Test func daysAreThoseOfTheJobsZone() throws {
        let kiritimati = try Zone.load("Pacific/Kiritimati")
        // 08:00 in UTC is 22:00 there: what was taken 9 hours ago is of today.
        #expect(
            plan([backup(1), backup(9), backup(23)], nightly(RetentionPolicy(keep: [.daily: 2]), zone: kiritimati)) == [
                "1: newest completed backup, newest completed backup of nightly, nightly: daily 1 of 2",
                "-9: no rule keeps it",
                "23: nightly: daily 2 of 2",
            ])
    }

    @Test func onlyCompletedOnesCount() {
        #expect(
            plan(
                [backup(1, .useless), backup(2, .inProgress), backup(3), backup(4)],
                nightly(RetentionPolicy(keepLast: 1))) == [
                    "1: no newer completed backup", "2: in progress",
                    "3: newest completed backup, newest completed backup of nightly, nightly: last 1 of 1",
                    "-4: no rule keeps it",
                ])
    }

    @Test func failedOnesGoAfterAWhileOnceANewerGoodOneExists() {
        #expect(
            plan([backup(1), backup(24, .useless), backup(24 * 8, .useless)], nightly(RetentionPolicy(keepLast: 1)))
                == [
                    "1: newest completed backup, newest completed backup of nightly, nightly: last 1 of 1",
                    "24: failed not long ago",
                    "-192: failed, and older than removeFailedAfter",
                ])
        #expect(
            plan([backup(24 * 8, .useless)], nightly(RetentionPolicy(keepLast: 1))) == [
                "192: no newer completed backup"
            ])
    }

    @Test func whatIsNotOursOrNotDueYetStays() {
        let soon = Candidate(id: "soon", time: Self.now + .seconds(30), state: .completed, jobs: ["nightly"])
        #expect(
            plan(
                [soon, backup(1), backup(2, isOurs: false), backup(3, .useless, isOurs: false)],
                nightly(RetentionPolicy(keepLast: 1)))
                == [
                    "soon: dated in the future",
                    "1: newest completed backup, newest completed backup of nightly, nightly: last 1 of 1",
                    "2: not made by this program", "3: not made by this program",
                ])
    }

    @Test func aSharedBackupStaysWhileOneOfItsJobsKeepsIt() {
        var rules = nightly(RetentionPolicy(keepLast: 1))
        rules.jobs["weekly"] = .init(policy: RetentionPolicy(keepLast: 2), zone: .utc)
        #expect(
            plan(
                [
                    backup(1), backup(2, jobs: ["nightly", "weekly"]), backup(3, jobs: ["weekly"]),
                    backup(4, jobs: ["weekly"]),
                ], rules) == [
                    "1: newest completed backup, newest completed backup of nightly, nightly: last 1 of 1",
                    "2: newest completed backup of weekly, weekly: last 1 of 2", "3: weekly: last 2 of 2",
                    "-4: no rule keeps it",
                ])
    }

    @Test func jobsWithoutPolicyOrConfigurationKeepEverything() {
        var rules = nightly(RetentionPolicy())
        rules.byHand = RetentionPolicy(keepLast: 1)
        #expect(
            plan(
                [
                    backup(1, jobs: []), backup(2, jobs: []), backup(3), backup(4, jobs: ["gone"]),
                    backup(5, jobs: ["gone"]),
                ], rules) == [
                    "1: newest completed backup, last 1 of 1", "-2: no rule keeps it",
                    "3: newest completed backup of nightly, nightly: no policy",
                    "4: newest completed backup of gone, job gone is not configured", "5: job gone is not configured",
                ])
    }
}

import Retention
import Testing
import Time

/// What later backups lack, who holds it, and what retention makes of that.
@Suite(.timeLimit(.minutes(10)))
struct LossesTests {
    private static let now = Instant(secondsSinceEpoch: 1_800_000_000)  // 2027-01-15T08:00:00Z
    private static let all = ["collection", "process-instance-a"]

    /// A backup so many days ago.
    private func backup(
        _ days: Int64, _ contents: [String] = all, version: String = "8.6.0", jobs: [String] = ["nightly"],
        state: Candidate.State = .completed, cluster: Candidate.FormerCluster? = nil
    ) -> Candidate {
        Candidate(
            id: "\(days)\(cluster.map { "@\($0.uuid)" } ?? "")", time: Self.now - .seconds(days * 86_400), state: state,
            jobs: jobs, cluster: cluster, contents: [["import-index"], contents], version: version)
    }

    private func rules(
        vanished: Int64 = 30, versions: Int64 = 30, jobs: [String] = ["nightly"], judgesFormer: Bool = false
    ) -> RetentionRules {
        var rules = RetentionRules(
            jobs: Dictionary(
                uniqueKeysWithValues: jobs.map { ($0, .init(policy: RetentionPolicy(keepLast: 1), zone: .utc)) }),
            byHand: RetentionPolicy(keepLast: 1), keepVanishedFor: .seconds(vanished * 86_400),
            keepVersionsFor: .seconds(versions * 86_400))
        rules.judgesFormerClusters = judgesFormer
        return rules
    }

    /// What stays besides the newest, each with the reasons of this suite.
    private func kept(_ candidates: [Candidate], _ rules: RetentionRules, areAgesKnown: Bool = true) -> [String] {
        rules.plan(candidates, now: Self.now, areAgesKnown: areAgesKnown).filter(\.keeps).map { decision in
            let reasons = decision.reasons.compactMap { reason -> String? in
                switch reason {
                case .lastWith, .lastOfVersion, .formerCluster, .livingCluster: reason.description
                default: nil
                }
            }
            return ([decision.candidate.id] + reasons).joined(separator: ": ")
        }
    }

    @Test func theNewestThatHoldsWhatLaterOnesLackStays() {
        let less = ["process-instance-a"]
        let lost = "the last with collection"
        #expect(kept([backup(0, less), backup(1, less), backup(2), backup(3)], rules()) == ["0", "2: \(lost)"])
        // It counts from the first that lacked it, not from the last that had it.
        #expect(kept([backup(0, less), backup(30, less), backup(60)], rules()) == ["0", "60: \(lost)"])
        #expect(kept([backup(0, less), backup(31, less), backup(32)], rules()) == ["0"])
        #expect(kept([backup(0, less), backup(1)], rules(vanished: 0)) == ["0"])
        // What came back is not gone.
        #expect(kept([backup(0), backup(1, less), backup(2)], rules()) == ["0"])
        // Each thing has its own holder, and one may hold several.
        #expect(
            kept([backup(0, []), backup(1, less), backup(2), backup(3)], rules()) == [
                "0", "1: the last with process-instance-a", "2: \(lost)",
            ])
        #expect(
            kept([backup(0, []), backup(1)], rules()) == ["0", "1: the last with collection, process-instance-a"])
        // Only good ones tell.
        #expect(kept([backup(0, less), backup(1, state: .unreadable), backup(2)], rules()).last == "2: \(lost)")
        #expect(
            kept([backup(0), backup(1, less, state: .useless), backup(2)], rules()) == ["0", "1"])
        // What can't tell what it holds is no witness.
        let mute = Candidate(id: "mute", time: Self.now, state: .completed, jobs: ["nightly"])
        #expect(kept([mute, backup(1), backup(2)], rules()) == ["mute"])
    }

    /// What is gone since a backup was restored is explained by that; what had gone before, or goes later, is not.
    @Test func aRestoreExplainsWhatIsGone() {
        var losses = Losses(until: nil)
        let contents = [(1, []), (3, ["later"]), (5, ["later", "between"]), (7, ["later", "between", "before"])]
        for (days, names) in contents {
            let time = Self.now - .seconds(Int64(days) * 86_400)
            losses.take("\(days)", [["import-index"], names], version: "8.6.0", at: time)
        }
        losses.explain(byRestoreAt: Self.now - .seconds(4 * 86_400))
        #expect(losses.indices.map(\.name) == ["before", "between", "later"])
        #expect(losses.indices.map(\.isWithRestore) == [false, true, false])
    }

    @Test func nothingOfItGoesByAgeWhileTheClocksDisagree() {
        let candidates = [backup(0, ["process-instance-a"]), backup(200, ["process-instance-a"]), backup(201)]
        #expect(kept(candidates, rules()) == ["0"])
        #expect(kept(candidates, rules(), areAgesKnown: false) == ["0", "201: the last with collection"])
    }

    @Test func theNewestOfEachEarlierVersionStays() {
        let last = "the last of Optimize"
        #expect(
            kept(
                [
                    backup(0, version: "8.7.0"), backup(1, version: "8.7.0"), backup(2), backup(3),
                    backup(20, version: "8.5.0"), backup(21, version: "8.5.0"),
                ], rules()) == ["0", "2: \(last) 8.6.0", "20: \(last) 8.5.0"])
        #expect(kept([backup(0, version: "8.7.0"), backup(31, version: "8.7.0"), backup(32)], rules()) == ["0"])
        #expect(kept([backup(0, version: "8.7.0"), backup(1)], rules(versions: 0)) == ["0"])
        // After a step back, too.
        #expect(
            kept([backup(0), backup(1, version: "8.7.0"), backup(2)], rules()) == ["0", "1: \(last) 8.7.0"])
        // With other indices: what an upgrade drops is held by the last of the version before.
        #expect(
            kept([backup(0, [], version: "8.7.0"), backup(1)], rules())
                == [
                    "1", "0",
                ].reversed().map { $0 == "1" ? "1: the last with collection, process-instance-a: \(last) 8.6.0" : $0 })
    }

    /// Any job's backup holds all of Optimize: the newest holder stays, whosever it is.
    @Test func severalJobsHoldTheSame() {
        let candidates = [
            backup(0, [], jobs: ["nightly"]), backup(1, jobs: ["monthly"]), backup(2, jobs: ["nightly"]),
            backup(3, jobs: []), backup(4, jobs: []),
        ]
        #expect(
            kept(candidates, rules(jobs: ["nightly", "monthly"])) == [
                "0", "1: the last with collection, process-instance-a", "3",
            ])
    }

    @Test func formerClustersGoOnlyWhenAPersonSaysSo() {
        let (old, older) = (
            Candidate.FormerCluster(uuid: "old", mayLive: false), Candidate.FormerCluster(uuid: "older", mayLive: false)
        )
        let twin = Candidate.FormerCluster(uuid: "twin", mayLive: true)
        let candidates = [
            backup(0), backup(1), backup(2, cluster: old), backup(3, cluster: old), backup(4, [], cluster: older),
            backup(5, cluster: older), backup(6, cluster: older), backup(1, cluster: twin), backup(2, cluster: twin),
        ]
        func reason(_ uuid: String) -> String { "of the former cluster \(uuid): only 'prune --yes' removes it" }
        let living = "of the former cluster twin, which may still be alive"
        let lost = "the last with collection, process-instance-a"
        #expect(
            Set(kept(candidates, rules())) == [
                "0", "2@old: \(reason("old"))", "3@old: \(reason("old"))", "4@older: \(reason("older"))",
                "5@older: \(reason("older")): \(lost)", "6@older: \(reason("older"))", "1@twin: \(living)",
                "2@twin: \(living)",
            ])
        // The newest of each stays even then, and what alone holds something.
        #expect(
            Set(kept(candidates, rules(judgesFormer: true))) == [
                "0", "2@old", "4@older", "5@older: \(lost)", "1@twin: \(living)", "2@twin: \(living)",
            ])
        // What a former cluster held counts for nothing here: today's are judged by today's.
        #expect(kept([backup(0, []), backup(1, cluster: old)], rules()).first == "0")
        // A job that only they have keeps its newest, and so does what no job has a policy for.
        let others = [
            backup(0), backup(1, jobs: ["weekly"], cluster: old), backup(2, jobs: ["weekly"], cluster: old),
            backup(3, cluster: old), backup(4, cluster: old), backup(5, cluster: old),
        ]
        #expect(kept(others, rules(judgesFormer: true)) == ["0", "1@old", "2@old", "3@old"])
    }

    /// However many of a former cluster would go, today's jobs are not suspected for it.
    @Test func formerClustersAreNoSuspicion() {
        let old = Candidate.FormerCluster(uuid: "old", mayLive: false)
        let candidates = [backup(0)] + (1..<20).map { backup($0, cluster: old) }
        let plan = rules(judgesFormer: true).plan(candidates, now: Self.now)
        #expect(plan.count { !$0.keeps } == 18)
        #expect(plan.suspiciousJobs.isEmpty)
    }
}

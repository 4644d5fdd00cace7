import Configuration
import ElasticsearchClient
import JSON
import PrometheusExposition
import Testing
import Time

@testable import BackupDaemon
@testable import Backups
@testable import Retention

/// What a look shows besides our own backups: other clusters, and what is gone; and how that is told.
@Suite(.timeLimit(.minutes(10)))
struct NeighbourhoodTests {
    private static let now = "2027-01-15T02:10:00Z"
    private static let nights = (1...5).reversed().map { backup("2027-01-1\($0)T02:00:00Z") }

    private static func other(
        _ uuid: String = "old", isFormer: Bool = false, _ backups: [Backup] = nights
    ) -> OtherCluster {
        OtherCluster(uuid, isFormer: isFormer, backups, Markers())
    }

    private static func lost(_ name: String, isWithVersion: Bool = false) -> Lost {
        Lost(name: name, holder: "1", since: time("2027-01-14T02:00:00Z"), isWithVersion: isWithVersion)
    }

    private func health(_ events: DaemonEvent.Kind...) throws -> [String: Health.Component] {
        var scene = try StandingAtNight()
        scene.take(looked([Self.nights[0]]))
        for event in events { scene.take(event) }
        let components = Health(scene.at(Self.now), at: time(Self.now)).components
        return Dictionary(uniqueKeysWithValues: components.map { ($0.name, $0) })
    }

    private func entries(_ events: [DaemonEvent.Kind]) -> [String] {
        var journal = EventJournal(repository: "r")
        return events.flatMap { journal.entries(for: DaemonEvent($0, at: time(Self.now))) }
            .map { "\($0.id) \($0.priority) \($0.message)" }
    }

    // MARK: Other clusters

    /// Its newest is younger than two of its intervals, as its schedule has them; one without a schedule has a day.
    @Test(arguments: [
        ("2027-01-16T02:00:00Z", true), ("2027-01-17T01:59:00Z", true), ("2027-01-17T02:01:00Z", false),
    ])
    func aClusterMayLiveForTwoOfItsIntervals(now: String, mayLive: Bool) {
        #expect(Self.other().mayLive(at: time(now)) == mayLive)
        #expect(Self.other("by hand", [backup("2027-01-15T02:00:00Z", of: [])]).mayLive(at: time(now)) == mayLive)
    }

    @Test func anHourlyOneIsDeadAfterTwoHours() {
        let hours = (0...5).reversed().map { backup("2027-01-15T0\($0):00:00Z") }
        #expect(Self.other("hourly", hours).mayLive(at: time("2027-01-15T06:59:00Z")))
        #expect(!Self.other("hourly", hours).mayLive(at: time("2027-01-15T07:01:00Z")))
        // What can't be told may be.
        #expect(Self.other("empty", []).mayLive(at: time("2027-01-15T07:01:00Z")))
    }

    /// Both have to have written of late, and the other since ours began: else it is what a disaster leaves.
    @Test func rivalsAreThoseThatWriteWhileOursDoes() {
        func rivals(_ own: [Backup], _ others: [Backup], at now: String = Self.now) -> [String] {
            look(own, clusters: [Self.other("x", others)]).rivals(at: time(now)).map(\.uuid)
        }
        let (early, late) = ([Self.nights[2]], [Self.nights[0]])
        #expect(rivals(Self.nights, Self.nights) == ["x"])
        #expect(rivals(early + late, [Self.nights[1]]) == ["x"])
        #expect(rivals(late, [Self.nights[1]]).isEmpty)
        #expect(rivals([], late).isEmpty)
        #expect(rivals(Self.nights, []).isEmpty)
        // Ours is registered read-only by now, or theirs is.
        #expect(rivals([Self.nights[4]], late).isEmpty)
        #expect(rivals(Self.nights, Self.nights, at: "2027-02-15T02:00:00Z").isEmpty)
    }

    @Test func otherClustersAreToldOnce() throws {
        let (stranger, former) = (Self.other(), Self.other("gone", isFormer: true, [Self.nights[4]]))
        let quiet = DaemonEvent.Kind.clustersSeen([stranger, former], rivals: [])
        let rivalry = DaemonEvent.Kind.clustersSeen([stranger, former], rivals: ["old"])
        let danger =
            "the cluster old writes this repository (last at 2027-01-15T02:00:30Z by host) while this cluster does, too, which "
            + "destroys it: register it read-only in one of them, or give each a repository of its own"
        #expect(
            entries([.clustersSeen([], rivals: []), quiet, quiet, rivalry, rivalry, quiet, quiet]) == [
                "otherCluster warning 5 backups of the cluster old (newest 2027-01-15T02:00:00Z) are not ours: 'optimize-backup check' says how "
                    + "they can be",
                "otherCluster info 1 backup of the cluster gone (newest 2027-01-11T02:00:00Z) are ours, as configured",
                "otherCluster error \(danger)",
                "otherCluster notice the cluster old has not written this repository for a while",
            ])
        let told = try #require(try health(quiet)["repository"])
        #expect(told.status == .up && told.reason?.contains("5 backups of the cluster old") == true)
        #expect(told.reason?.contains("gone") == false)
        let rivals = try health(quiet, rivalry)["repository"]
        #expect(rivals?.status == .down && rivals?.reason == danger)
        #expect(try health(rivalry, .clustersSeen([], rivals: []))["repository"]?.reason == nil)
    }

    // MARK: Indices that are gone

    @Test func indicesThatAreGoneAreToldByWhatTheyAre() throws {
        let all = [Self.lost("collection"), Self.lost("process-instance-a"), Self.lost("event", isWithVersion: true)]
        let since = "since 2027-01-14T02:00:00Z; the newest backup with it is 1"
        let words = "gone from Optimize: the index"
        #expect(
            entries([
                .indicesCompared(lost: []), .indicesCompared(lost: all), .indicesCompared(lost: all),
                .indicesCompared(lost: []), .indicesCompared(lost: [all[0]]),
            ]) == [
                "indexVanished error \(words) collection, \(since)",
                "indexVanished notice \(words) process-instance-a, \(since)",
                "indexVanished notice \(words) event, \(since); Optimize's version changed with it",
                "indexVanished error \(words) collection, \(since)",
            ])
        let indices = try health(.indicesCompared(lost: all))["indices"]
        #expect(indices?.status == .down && indices?.reason == "gone from Optimize: collection, \(since)")
        #expect(indices?.since == time("2027-01-14T02:00:00Z"))
        #expect(try health(.indicesCompared(lost: Array(all.dropFirst())))["indices"]?.status == .up)
        var scene = try StandingAtNight()
        scene.take(looked([Self.nights[0]]), .indicesCompared(lost: all))
        let families = StandingMetrics(scene.at(Self.now)).families
        let vanished = try #require(families.first { $0.name == "optimize_backup_vanished_indices" })
        #expect(vanished.series.count == 1 && "\(vanished.series[0].value)".contains("1.0"))
    }

    @Test(arguments: [
        ("process-instance-refundingprocess", true), ("decision-instance-a", true), ("event-process-instance-1", true),
        ("camunda-activity-event-x", true), ("process-instance-", false), ("process-instance", false),
        ("single-process-report", false), ("collection", false), ("event-process-definition", false),
    ])
    func someIndicesComeAndGo(base: String, isOfOne: Bool) {
        #expect(IndexSelection.isOfOneDefinition(base) == isOfOne)
    }

    /// After a disaster the newest of what was ours is what can be restored, until there is one of this cluster.
    @Test func whatWasOursCanBeRestored() throws {
        var scene = try StandingAtNight()
        let former = Self.other(isFormer: true, Self.nights)
        scene.take(looked([]), .clustersSeen([former, Self.other("twin")], rivals: []))
        #expect(scene.standing.restorable == Self.nights[0].startTime && scene.standing.nothingRestorable.isEmpty)
        scene.take(looked([Self.nights[3]], revision: 2))
        #expect(scene.standing.restorable == Self.nights[3].startTime)
        scene.take(looked([], revision: 3), .clustersSeen([Self.other("twin")], rivals: []))
        #expect(scene.standing.restorable == nil && scene.standing.nothingRestorable.count == 1)
    }

    /// An index beside all backups is no trouble yet, but not well either; a reload that takes a restart is not mended by another.
    @Test func whatIsToBeDoneFitsWhatIsWrong() throws {
        for (count, reason) in [
            (0, nil), (1, "1 index of the prefix in no backup: 'optimize-backup check' names them"),
            (2, "2 indices of the prefix in no backup: 'optimize-backup check' names them"),
        ] as [(Int, String?)] {
            let indices = try health(.coverageRead(uncovered: count))["indices"]
            #expect(indices == .init(name: "indices", status: .up, reason: reason))
        }
        for (needsRestart, remedy) in [(true, "'systemctl restart optimize-backup'"), (false, "mend it")] {
            let refused = DaemonEvent.Kind.reloadRefused(reason: "r", needsRestart: needsRestart)
            let configuration = try health(refused)["configuration"]
            #expect(configuration?.remedy?.hasPrefix(remedy) == true, "\(String(describing: configuration))")
        }
    }

    /// What is missed now, and was not at the newest backup, is gone since it was first missed.
    @Test func whatIsGoneIsGoneSinceItWasFirstMissed() throws {
        var scene = try StandingAtNight()
        for minute in ["10", "20", "30"] {
            let lost = Lost(name: "collection", holder: "1", since: time("2027-01-15T02:\(minute):00Z"))
            scene.take(.indicesCompared(lost: [lost]))
        }
        #expect(scene.standing.vanished?.map(\.since) == [time("2027-01-15T02:10:00Z")])
    }

    /// A restore that was refused before it had changed anything makes good nothing, and spoils nothing.
    @Test func whatHasChangedNothingIsNoRestore() throws {
        let owner = BackupOwner(cluster: "c", prefix: "optimize")
        func report(_ number: Int64, _ phase: RestoreNote.Phase, _ outcome: RestoreNote.Outcome) -> Marker? {
            let name = MarkerName(.restored, "7", owner: owner.hash, expiry: nil, number: number).description
            let note = RestoreNote(parts: [], phase: phase, process: "", begun: nil, outcome: outcome)
            let entry = SnapshotEntry(name: name, uuid: SnapshotUUID(name), state: .success)
            return Marker(entry, Snapshot(name: name, state: .success, metadata: .object(note.members)), of: owner)
        }
        let failed = try #require(report(2, .restoring, .failed))
        let refused = try #require(report(3, .preparing, .failed))
        let succeeded = try #require(report(4, .preparing, .success))
        #expect(Markers([refused]).restoredSomething == nil)
        #expect(Markers([failed, refused]).restoredSomething == failed)
        #expect(Markers([failed, refused, succeeded]).restoredSomething == succeeded)
    }

    // MARK: What retention would do

    @Test func aReportIsToldWhenItGrows() throws {
        func reported(_ ids: String...) -> DaemonEvent.Kind {
            let decisions = ids.map { id in
                RetentionDecision(
                    candidate: Candidate(
                        id: id, time: time(Self.now), state: .completed, jobs: id == "h" ? [] : ["nightly"]),
                    keeps: false, reasons: [.noRuleKeepsIt])
            }
            return .pruned(Pruning.Report(reported: decisions), jobs: ["nightly", "weekly"])
        }
        #expect(
            entries([reported(), reported("1", "h"), reported("1", "h"), reported("1"), reported("1", "2")]) == [
                "backupKept notice retention: 2 would be deleted, and none is: 1, h",
                "backupKept notice retention: 2 would be deleted, and none is: 1, 2",
            ])
        let words = "would delete 1 taken by hand, 1 of nightly, were retentionDefaults.mode not report"
        #expect(try health(reported("1", "h"))["retention"] == .init(name: "retention", status: .up, reason: words))
        #expect(try health(reported("1", "h"), reported())["retention"]?.reason == nil)
        // A run that could not plan says nothing of it.
        let failed = DaemonEvent.Kind.pruned(Pruning.Report(putOff: BackupError(.repositoryBusy, "s runs")), jobs: [])
        #expect(try health(reported("1", "h"), failed, .pruned(Pruning.Report(), jobs: []))["retention"]?.reason == nil)
        var late = try StandingAtNight()
        late.take(reported("1", "h"), failed)
        #expect(late.standing.retention.reported == ["nightly": 1, "": 1])
        // By other rules that counts no more, whatever keeps the next run from telling; where it deletes, nothing is only told.
        var settings = late.settings
        for (mode, removal, series) in [
            (RetentionDefaults.Mode.apply, Duration.seconds(1), 2), (.report, .seconds(1), 0),
            (.report, .seconds(2), 0),
        ] {
            late.take(reported("1", "h"))
            (settings.defaults.mode, settings.defaults.removeFailedAfter) = (mode, removal)
            late.configure(settings, at: Self.now)
            let families = StandingMetrics(late.at(Self.now)).families
            let told = try #require(families.first { $0.name == "optimize_backup_retention_reported" }).series
            #expect(late.standing.retention.reported == nil && told.count == series, "\(told)")
        }
        var scene = try StandingAtNight { $0.defaults.mode = .report }
        scene.take(reported("1", "2", "h"))
        let families = StandingMetrics(scene.at(Self.now)).families
        let series = try #require(families.first { $0.name == "optimize_backup_retention_reported" }).series
        #expect(series.map { $0.labels["backup_job"] ?? "none" } == ["", "nightly", "weekly"])
    }
}

import Engines
import JSON
import TestSupport
import Testing
import Time

@testable import Backups
@testable import Commands
@testable import ElasticsearchClient
@testable import Restores

/// What a restore will do, and what is in its way: one thing at a time, and all at once.
@Suite(.timeLimit(.minutes(10)))
struct RestorePlanTests {
    private func plan(
        _ change: (inout RestoreRequest, inout RestoreFindings) -> Void = { _, _ in }
    ) -> RestorePlan {
        var (request, findings) = (PlanScene.request, PlanScene.findings)
        change(&request, &findings)
        return RestorePlan(request, findings)
    }

    @Test func nothingIsInTheWayOfANewCluster() {
        let plan = plan()
        #expect(plan.obstacles.isEmpty && plan.warnings.isEmpty && plan.deleted.isEmpty && !plan.takesSafetyBackup)
        #expect(plan.parts.map(\.indices) == [PlanScene.firstPart, PlanScene.secondPart])
        #expect(plan.targets == PlanScene.firstPart + PlanScene.secondPart)
        #expect(plan.held.map(\.description) == ["7"] && plan.writesMarker && plan.phase == .preparing)
    }

    @Test(arguments: PlanScene.obstacles + [PlanScene.everything])
    func eachObstacleIsFound(scene: PlanScene) {
        #expect(plan(scene.change).obstacles.map(\.kind) == scene.kinds)
    }

    /// No kind of obstacle goes untried.
    @Test func everyKindIsTried() {
        let tried = Set(PlanScene.obstacles.flatMap(\.kinds))
        // What only markers of verdicts tell is tried with a repository.
        #expect(RestoreObstacle.Kind.allCases.filter { !tried.contains($0) } == [.notGood])
    }

    @Test func textsAreAsRecorded() {
        let text = (PlanScene.obstacles + [PlanScene.everything]).map {
            "== \($0.name)\n\(plan($0.change).text(.none))\n"
        }
        .joined()
        let file = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Golden/plans.txt"
        if ownEnvironment()["OPTIMIZE_BACKUP_TEST_RECORD"] == "1" { try? write(text, toFile: file) }
        #expect(text == contents(of: file))
    }

    @Test func documentsAreAsRecorded() {
        let documents = JSONValue.object(
            Dictionary(
                uniqueKeysWithValues: (PlanScene.obstacles + [PlanScene.everything]).map {
                    ($0.name, plan($0.change).json)
                }))
        let text = documents.indented + "\n"
        let file = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Golden/plans.json"
        if ownEnvironment()["OPTIMIZE_BACKUP_TEST_RECORD"] == "1" { try? write(text, toFile: file) }
        #expect(text == contents(of: file))
    }

    /// What is deleted is named: what the backup has by base name, and what the person has named besides.
    @Test func onlyWhatTheBackupHasIsDeleted() {
        let plan = plan { request, findings in
            request.replacesExisting = true
            request.alsoDelete = ["optimize-process-instance-new_v8", "optimize-gone_v1"]
            PlanScene.stand(
                ["optimize-dashboard_v5", "optimize-metadata_v3", "optimize-process-instance-new_v8"], in: &findings)
        }
        #expect(plan.obstacles.isEmpty)
        #expect(
            plan.deleted == ["optimize-dashboard_v5", "optimize-metadata_v3", "optimize-process-instance-new_v8"])
        #expect(plan.takesSafetyBackup)
    }

    /// A neighbour with a longer prefix is neither in the way nor deleted, whatever is asked.
    @Test func aNeighbourIsLeftAlone() {
        let plan = plan { request, findings in
            request.replacesExisting = true
            request.alsoDelete = ["optimize-two-metadata_v3"]
            PlanScene.stand(
                [
                    "optimize-two-metadata_v3", "optimize-two-timestamp-based-import-index_v5",
                    "optimize-two-dashboard_v4",
                ],
                in: &findings)
        }
        #expect(plan.obstacles.isEmpty && plan.deleted.isEmpty)
    }

    /// A safety backup that lacks what was written since is none.
    @Test func whatWasWrittenSinceIsBackedUp() {
        func interrupted(_ phase: RestoreNote.Phase, after change: (inout RestoreFindings) -> Void) -> RestorePlan {
            plan { request, findings in
                request.replacesExisting = true
                PlanScene.stand(["optimize-dashboard_v4", "optimize-metadata_v3"], in: &findings)
                var note = PlanScene.note(phase)
                note.writeState = WriteState(of: PlanScene.standing(in: findings), in: findings).summary
                findings.markers = Markers([PlanScene.marker("7", note)].compactMap { $0 })
                findings.isInterrupted = true
                change(&findings)
            }
        }
        let changes: [@Sendable (inout RestoreFindings) -> Void] = [
            {
                $0.statistics["optimize-metadata_v3"] = IndexStatistics(
                    documents: 5, bytes: 1_000_000, sequenceNumbers: [5])
            },
            { $0.creationDates["optimize-metadata_v3"] = PlanScene.noon + .seconds(500) },
            { PlanScene.stand(["optimize-dashboard_v4"], in: &$0) },
        ]
        for phase in [RestoreNote.Phase.preparing, .clearing] {
            #expect(interrupted(phase) { _ in }.safetyBackup?.description == "20270115080000")
            for change in changes {
                let plan = interrupted(phase, after: change)
                #expect(plan.obstacles.isEmpty && plan.takesSafetyBackup && plan.safetyBackup == nil)
            }
        }
        // Nor is one gone on with of which part 1 lacks it.
        let open = interrupted(.preparing) {
            changes[0](&$0)
            $0.backupsUnderWay = [PlanScene.open("8")]
        }
        #expect(open.openSafetyBackup == nil && open.obstacles.map(\.kind) == [.snapshotRunning])
        // What came while half of it was restored stands in none.
        let restoring = plan { request, findings in
            request.replacesExisting = true
            request.alsoDelete = ["optimize-process-instance-new_v8"]
            PlanScene.stand(["optimize-process-instance-new_v8"], in: &findings)
            findings.markers = Markers([PlanScene.marker("7", PlanScene.note(.restoring))].compactMap { $0 })
            findings.isInterrupted = true
        }
        #expect(restoring.obstacles.map(\.kind) == [.otherIndices])
    }

    @Test func whatIsSilentHasNotChanged() {
        func state(_ change: (inout RestoreFindings) -> Void) -> WriteState {
            var findings = PlanScene.findings
            PlanScene.stand(["a", "b"], in: &findings)
            change(&findings)
            return WriteState(of: ["a", "b"], in: findings)
        }
        let before = state { _ in }
        #expect(before.summary == "2/10/0" && before.changed(until: before) == [])
        let (silent, written) = (
            state { $0.statistics["a"] = nil },
            state { $0.statistics["b"] = IndexStatistics(documents: 5, bytes: 1, sequenceNumbers: [5]) }
        )
        #expect(before.silent(in: silent) == ["a"] && before.changed(until: silent) == [])
        #expect(before.silent(in: written) == [] && before.changed(until: written) == ["b"])
        #expect(silent.changed(until: before) == ["a"], "one that was opened meanwhile may have been written to")
        let made = state { $0.creationDates["a"] = PlanScene.noon }
        #expect(before.changed(until: made) == ["a"])
    }

    @Test func anInterruptedRunIsGoneOnWith() {
        func interrupted(_ phase: RestoreNote.Phase, _ standing: [String]) -> RestorePlan {
            plan { request, findings in
                request.replacesExisting = true
                PlanScene.stand(standing, in: &findings)
                var note = PlanScene.note(phase)
                note.writeState = "\(standing.count)/5/1799999900000"
                findings.markers = Markers([PlanScene.marker("7", note)].compactMap { $0 })
                findings.isInterrupted = true
                findings.creationDates = Dictionary(
                    uniqueKeysWithValues: standing.map { ($0, PlanScene.noon - .seconds(100)) })
            }
        }
        // Whatever stood before the deletes were done is still to be deleted, and its backup was taken.
        let clearing = interrupted(.clearing, ["optimize-metadata_v3"])
        #expect(clearing.obstacles.isEmpty && clearing.deleted == ["optimize-metadata_v3"])
        #expect(!clearing.takesSafetyBackup && clearing.safetyBackup?.description == "20270115080000")
        // The safety backup that it was taking is gone on with.
        let preparing = plan { request, findings in
            request.replacesExisting = true
            PlanScene.stand(["optimize-metadata_v3"], in: &findings)
            var note = PlanScene.note(.preparing)
            note.safetyBackup = nil
            note.writeState = "1/5/0"
            findings.markers = Markers([PlanScene.marker("7", note)].compactMap { $0 })
            findings.isInterrupted = true
            findings.backupsUnderWay = [PlanScene.open("8")]
            findings.snapshotsUnderWay = ["r/camunda_optimize_8_8.6.0_part_1_of_2"]
        }
        #expect(preparing.obstacles.isEmpty && preparing.takesSafetyBackup, "\(preparing.obstacles)")
        #expect(preparing.openSafetyBackup?.description == "8")
        // After that, what stands has come back.
        let restoring = interrupted(.restoring, ["optimize-metadata_v3"])
        #expect(restoring.obstacles.isEmpty && restoring.deleted.isEmpty && !restoring.takesSafetyBackup)
        #expect(restoring.phase == .restoring && restoring.continued != nil)
        // Another version of an index has not.
        #expect(interrupted(.restoring, ["optimize-metadata_v4"]).obstacles.map(\.kind) == [.indicesMadeSince])
    }

    @Test func whatAnObstacleAsksForTakesItAway() {
        let allowing: [String: @Sendable (inout RestoreRequest) -> Void] = [
            "optimize-version": { $0.optimizeVersion = "8.6.0" },
            "indices-in-the-way": { $0.replacesExisting = true },
            "other-indices": {
                $0.alsoDelete = ["optimize-process-instance-new_v8", "optimize-mine"]
                $0.takesSafetyBackup = false
            },
            "same-restore": { $0.takesOver = true },
            "marker": { $0.goesWithoutMarker = true },
        ]
        for scene in PlanScene.obstacles {
            guard let allow = allowing[scene.name] else { continue }
            let plan = plan { request, findings in
                scene.change(&request, &findings)
                allow(&request)
            }
            #expect(plan.obstacles.isEmpty, "\(scene.name): \(plan.obstacles)")
        }
    }

    @Test func underAnotherPrefixNothingOfOursIsTouched() {
        let plan = plan { request, findings in
            request.newPrefix = "drill"
            findings.whyNoMarker = "read-only"
            findings.optimizeVersion = "8.7.0"
            findings.standing = IndexSelection(of: ["drill-dashboard_v4"], prefix: "drill", firstPartBases: [])
        }
        #expect(plan.obstacles.map(\.kind) == [.indicesInTheWay] && plan.obstacles[0].names == ["drill-dashboard_v4"])
        #expect(plan.deleted.isEmpty && plan.held.isEmpty && !plan.writesMarker)
        #expect(plan.targets.allSatisfy { $0.hasPrefix("drill-") } && plan.targets.count == 5)
    }

    @Test(
        arguments: [
            ("85%", nil, 15 << 30), ("0.85", nil, 15 << 30), ("10gb", nil, 10 << 30), ("85%", "2GB", 2 << 30),
            ("512mb", "1gb", 512 << 20), ("1.5gb", nil, 3 << 29), ("100%", nil, 0),
        ] as [(String, String?, Int64)])
    func watermarksAreRead(low: String, headroom: String?, free: Int64) throws {
        let watermark = try #require(DiskWatermark(low, headroom: headroom))
        #expect(abs(watermark.freeBytes(ofDiskOf: 100 << 30) - free) < 1_024)
    }

    @Test(arguments: ["", "soon", "85 percent", "-1"]) func whatIsNoWatermarkIsNone(text: String) {
        let watermark = DiskWatermark(text)
        #expect(watermark == nil || watermark?.freeBytes(ofDiskOf: 100) == 100)
    }
}

import JSON
import SimulatedEngine
import TestSupport
import Testing

/// What `check` says of an engine, before it looks at the repository.
@Suite(.timeLimit(.minutes(10)))
struct CheckTests {
    /// What a role keeps from us may be the oldest.
    @Test func anIndexOfWhichNothingIsTold() throws {
        let (check, metadata) = try withScene { scene in
            scene.date("optimize-metadata_v3", by: 0)
            _ = try scene.run("create", "1")
            return (try scene.run("check"), scene.metadata)
        }
        #expect(
            check.status == 0
                && check.output.contains("can't be told, so whether the next one takes them: optimize-metadata_v3"),
            "\(check)")
        #expect(
            metadata.count == 2 && metadata[0]["oldestIndex"]?.integer == 8_537_000
                && metadata[1]["oldestIndex"] == nil, "\(metadata)")
    }

    /// One line and one status, whatever is wrong.
    @Test func tellsNagios() throws {
        let (before, after, damaged) = try withScene { scene in
            let before = try scene.run("check", "--nagios")
            _ = try scene.run("create", "1")
            let after = try scene.run("check", "--nagios")
            scene.engine.withState { $0.repositories["backups"]?.storage = .full }
            return (before, after, try scene.run("check", "--nagios"))
        }
        #expect(before.status == 0 && before.output.hasPrefix("OPTIMIZE-BACKUP OK: "), "\(before)")
        #expect(after.status == 0 && after.output.hasSuffix(" | 'backups'=1;;;0 'unreadable'=0;;0;0\n"), "\(after)")
        #expect(
            damaged.status == 2 && damaged.output.hasPrefix("OPTIMIZE-BACKUP CRITICAL: the repository"), "\(damaged)")
        for wrong in [["--config", "/nothing.yaml", "check", "--nagios"], ["check", "--nagios", "--config-only"]] {
            let ending = try BuiltProgram.run(wrong)
            #expect(ending.status == 3 && ending.output.hasPrefix("OPTIMIZE-BACKUP UNKNOWN: "), "\(ending)")
            #expect(ending.output.split(separator: "\n").count == 1 && ending.errors.isEmpty, "\(ending)")
        }
    }

    /// What stays so for ever on a sound host wakes nobody.
    @Test func nagiosIsToldOfNothingThatLasts() throws {
        let (check, line) = try withScene { scene in
            scene.engine.withState { $0.indices["zeebe-record_v1"] = EngineState.Index() }
            scene.date("optimize-metadata_v3", by: 7_172_999)
            _ = try scene.run("create", "1")
            return (try scene.run("check"), try scene.run("check", "--nagios"))
        }
        #expect(
            check.output.contains("warning  made by Elasticsearch 7") && check.output.contains("(zeebe-record"),
            "\(check)")
        #expect(line.status == 0 && line.output.hasPrefix("OPTIMIZE-BACKUP OK: "), "\(line)")
    }

    /// Before an upgrade it is said what will be in its way.
    @Test func indicesThatTheNextMajorDoesNotTake() throws {
        let (before, after, shown) = try withScene { scene in
            let before = try scene.run("check")
            scene.date("optimize-metadata_v3", by: 7_172_999)
            scene.date("optimize-process-instance-invoice_v8", by: 7_100_299)
            _ = try scene.run("create", "1")
            return (before, try scene.run("check"), try scene.run("-o", "json", "show", "1"))
        }
        #expect(before.status == 0 && !before.output.contains("made by"), "\(before)")
        let words =
            "warning  made by Elasticsearch 7: optimize-metadata_v3, optimize-process-instance-invoice_v8: Elasticsearch 9 neither opens them"
        #expect(after.status == 0 && after.output.contains(words), "\(after)")
        #expect(JSONValue(Array(shown.output.utf8))?["restorable"] == true, "\(shown)")
    }

    @Test(arguments: [
        ("10.0.1", nil, true), ("9.5.3", nil, false), ("4.0.0", "opensearch", true), ("3.6.0", "opensearch", false),
    ])
    func anUnknownMajorIsWarnedOf(number: String, distribution: String?, isUnknown: Bool) throws {
        let version: JSONValue = [
            "number": .string(number), "distribution": distribution.map(JSONValue.string) ?? .null,
        ]
        let answer: JSONValue = ["cluster_name": "c", "cluster_uuid": "u", "version": version]
        let ending = try withEngine(answering: answer) { url in
            let variables = [
                "OPTIMIZE_BACKUP_ENGINE_URLS": url, "OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME": "backups",
                "OPTIMIZE_BACKUP_ENGINE_REQUEST_TIMEOUT": "1s",
            ]
            return try withTemporaryFolder { try BuiltProgram.start(["check"], variables, in: $0).wait() }
        }
        #expect(ending.output.contains("\(number), cluster c"), "\(ending.output)")
        let words = "\(number) is not known to this program, which knows Elasticsearch 7, "
        #expect(ending.output.contains(words) == isUnknown, "\(ending.output)")
    }
}

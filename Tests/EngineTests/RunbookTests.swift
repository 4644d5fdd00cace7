import HTTP
import JSON
import TestSupport
import Testing

/// The restore that needs nothing but a shell and curl: what is printed is run.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct RunbookTests {
    /// With what was backed up in the way, changed since; and again with nothing there at all.
    @Test(arguments: Engine.all, [true, false])
    func whatItPrintsRestores(engine: Engine, isInTheWay: Bool) throws {
        try withScene(engine) { scene throws in
            #expect(try scene.run("create", "7").status == 0)
            let printed = try scene.run("runbook", "7")
            #expect(printed.status == 0, "\(printed.errors)")
            let indices = scene.firstPart + scene.secondPart
            for index in indices {
                guard isInTheWay else {
                    try engine.send(.delete, "/\(index)")
                    continue
                }
                try engine.send(.put, "/\(index)/_doc/1?refresh=true", #"{"schemaVersion":"9.9.9"}"#)
                try engine.send(.put, "/\(index)/_doc/2?refresh=true", "{}", expecting: 201)
            }
            try engine.addIndex("\(scene.name)-later_v1")
            let ending = try withTemporaryFolder { folder throws in
                try write(printed.output, toFile: "\(folder)/runbook.sh")
                return try run("sh", "\(folder)/runbook.sh")
            }
            let answers = ending.output
            #expect(answers.split(separator: #""failed":0"#).count >= 3, "\(ending)")
            for index in indices {
                let document = try engine.send(.get, "/\(index)/_doc/1").json["_source"]
                #expect(document?["schemaVersion"] == "8.6.0", "\(index): \(ending)")
                #expect(try engine.send(.get, "/\(index)/_doc/2", expecting: nil).status == 404, "\(index)")
                let aliases = try engine.send(.get, "/\(index)/_alias").json[index]?["aliases"]?.keys
                #expect(aliases?.count == 1, "\(index)")
            }
            // What stood there is kept, and what is in no part is left alone.
            let kept = try engine.snapshots(scene.name).first { $0.key.hasPrefix("before-restore-7-") }?.value
            #expect(
                kept?["state"] == "SUCCESS" && kept?["indices"]?.strings.count == (isInTheWay ? indices.count : 0),
                "\(ending)")
            #expect(try engine.send(.get, "/\(scene.name)-later_v1/_doc/1").status == 200)
        }
    }

    @Test(arguments: Engine.all)
    func whatCannotBeRestoredHasNone(engine: Engine) throws {
        try withScene(engine) { scene throws in
            #expect(try scene.run("create", "7").status == 0)
            try engine.send(.delete, "/_snapshot/\(scene.name)/camunda_optimize_7_8.6.0_part_1_of_2")
            let incomplete = try scene.run("runbook", "7")
            #expect(incomplete.status == 1 && incomplete.errors.contains("only what is COMPLETED"), "\(incomplete)")
            #expect(try scene.run("runbook", "8").status == 4)
        }
    }
}

import Commands
import ElasticsearchClient
import HTTP
import JSON
import TestSupport
import Testing

/// Users who may do less than everything, on an OpenSearch with its own security plugin.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct RoleTests {
    /// Indices that Optimize needs and the role names.
    private static let half = ["optimize-*import-index*", "optimize-metadata*"]

    @Test(.besideElasticsearch8)
    func aUserWhoSeesLessMakesNoHalfBackup() throws {
        try withSecuredEngine { engine throws in
            try engine.grant(indices: Self.half, isConfirming: true)
            // The engine refuses the list as a whole.
            for command in [["check"], ["create", "1"]] {
                let refused = try engine.program(command)
                #expect(refused.status == 77, "\(refused.output)\(refused.errors)")
                #expect((refused.output + refused.errors).contains("no permissions for [indices:admin/aliases/get]"))
            }
            // It answers with what the user may see, and says nothing of the rest.
            try engine.send(
                .patch, "/_plugins/_security/api/securityconfig",
                #"[{"op":"add","path":"/config/dynamic/do_not_fail_on_forbidden","value":true}]"#)
            let words = "the engine's user may not see: optimize-alert_v4, optimize-report_v4;"
            let check = try engine.program(["check"])
            #expect(check.status == 1 && check.output.contains(words), "\(check.output)")
            let create = try engine.program(["create", "1"])
            #expect(create.status == 1 && create.errors.contains(words), "\(create.errors)")
            #expect(
                try engine.send(.get, "/_snapshot/backups/_all").contains(#""snapshots":[]"#), "nothing was ordered")

            try engine.grant(indices: ["optimize-*"], isConfirming: true)
            #expect(try engine.program(["create", "1"]).status == 0)
            let confirmed = try engine.program(["check"])
            #expect(confirmed.status == 0 && !confirmed.output.contains("can't be confirmed"), "\(confirmed.output)")
            try expectUnconfirmedBackups(engine)
        }
    }

    /// Neither the list of indices nor the engine's clock can be asked for then; backups go on.
    private func expectUnconfirmedBackups(_ engine: SecuredEngine) throws {
        try engine.grant(indices: ["optimize-*"], isConfirming: false)
        #expect(try engine.program(["create", "2"]).status == 0)
        let check = try engine.program(["check"])
        #expect(check.status == 0 && check.output.contains("sees all indices can't be confirmed"), "\(check.output)")
        #expect(check.output.contains("it lacks cluster:monitor/health"), "\(check.output)")
        #expect(check.output.contains("the engine's clock can't be read"), "\(check.output)")
        #expect(try engine.program(["hold", "1"]).status == 0)
        #expect(try engine.program(["delete", "1", "--yes"]).status == 5)
    }

    /// Nothing is declared that is not tried: each right of each command is taken away, and the command names it; with exactly those
    /// that it needs it succeeds.
    @Test(.besideElasticsearch8)
    func everyCommandWorksWithItsRightsAndNamesTheOneItLacks() throws {
        try withSecuredEngine { engine throws in
            try engine.grant(indices: ["optimize-*"], isConfirming: false)
            try engine.programOfAdministrator(["create", "1"])
            try withTemporaryFolder { folder throws in
                let configuration = "\(folder)/config.yaml"
                try write(
                    #"{"jobs":{"nightly":{"schedule":"0 2 * * *"}},"retention":{"keepLast":1}}"#, toFile: configuration)
                for row in try rows() { try expectItsRights(row, engine, configuration) }
            }
            try expectOthersRights(engine)
        }
    }

    /// In an order in which each finds its backup: what prunes and what replaces comes late.
    ///
    /// The daemon is not among them: it has the rights of the others.
    private func rows() throws -> [CommandRights] {
        let late = ["restore --rename-prefix", "restore", "restore --replace-existing", "prune"]
        let rows = CommandRights.all.filter { $0.command != "serve" }
        let last = try late.map { command in try #require(rows.first { $0.command == command }) }
        return rows.filter { !late.contains($0.command) } + last
    }

    private func expectItsRights(_ row: CommandRights, _ engine: SecuredEngine, _ configuration: String) throws {
        let trial = try #require(
            try Trial(row.command, on: engine, configuration: configuration), "nobody tries \(row.command)")
        let needed = row.neededActions
        let all = needed.union(row.optionalActions)
        // The same command has been tried without the others.
        let tried =
            row.purpose == .replace
            ? CommandRights.all.first { $0.purpose == .restore }?.neededActions ?? [] : []
        let indices = try engine.send(.get, "/_cat/indices?h=index&s=index&expand_wildcards=all")
        for action in needed.subtracting(tried).sorted() {
            try trial.renew()
            try engine.grant(all.subtracting([action]), on: trial.pattern)
            let refused = try engine.program(trial.arguments, changing: trial.changes)
            #expect(
                refused.status != 0 && (refused.output + refused.errors).contains(action.name),
                "\(row.command) without \(action.name): \(refused)")
            let left = try engine.send(.get, "/_cat/indices?h=index&s=index&expand_wildcards=all")
            #expect(left == indices, "\(row.command) without \(action.name) has changed indices")
        }
        try trial.renew()
        try engine.grant(needed, on: trial.pattern)
        let done = try engine.program(trial.arguments, changing: trial.changes)
        #expect(done.status == 0, "\(row.command) with exactly its rights: \(done)")
    }

    /// Who may delete indices is warned; a restore is asked for by a user of its own.
    private func expectOthersRights(_ engine: SecuredEngine) throws {
        let check = try #require(CommandRights.all.first { $0.command == "check" })
        let replace = try #require(CommandRights.all.first { $0.purpose == .replace })
        let words = "may delete indices of optimize-*"
        try engine.programOfAdministrator(["create", "9"])
        try engine.grant(check.neededActions, on: "optimize-*")
        let narrow = try engine.program(["check"])
        #expect(narrow.status == 0 && !narrow.output.contains(words), "\(narrow)")
        let refused = try engine.program(["restore", "9", "--replace-existing", "--dry-run"])
        #expect(refused.status == 5 && refused.output.contains("indices:admin/delete"), "\(refused)")
        let restore = try engine.program(
            ["restore", "9", "--replace-existing", "--dry-run"], changing: engine.restoreAccess)
        #expect(restore.status == 0 && restore.output.contains("optimize-alert_v4"), "\(restore)")
        try engine.grant(replace.neededActions, on: "optimize-*")
        let wide = try engine.program(["check"])
        #expect(wide.status == 0 && wide.output.contains(words), "\(wide)")
    }

    /// Credentials are given, and the engine asks for none: all that only asks for rights is refused for what it asks.
    @Test(arguments: Engine.all)
    func whatOnlyAsksForRightsChangesNothing(engine: Engine) throws {
        try withScene(engine) { scene throws in
            #expect(try scene.run("create", "1").status == 0)
            try withTemporaryFolder { folder throws in
                try write("secret", toFile: "\(folder)/secret")
                let access = [
                    "OPTIMIZE_BACKUP_RESTORE_USERNAME": "me",
                    "OPTIMIZE_BACKUP_RESTORE_PASSWORD_FILE": "\(folder)/secret",
                ]
                // Of this scene, and of what would be made of it: others' come and go beside it.
                let all = "/*\(scene.name)*/_alias?expand_wildcards=all"
                let before = (try engine.send(.get, all).json.keys, try engine.snapshots(scene.name).keys.sorted())
                let replace = try scene.run(["restore", "1", "--replace-existing", "--dry-run"], changing: access)
                #expect(replace.status == 0, "\(replace)")
                let rename = try scene.run(
                    ["restore", "1", "--rename-prefix", "other-\(scene.name)", "--dry-run"], changing: access)
                #expect(rename.status == 0, "\(rename)")
                #expect(try engine.send(.get, all).json.keys.sorted() == before.0.sorted())
                #expect(try engine.snapshots(scene.name).keys.sorted() == before.1)
            }
        }
    }
}

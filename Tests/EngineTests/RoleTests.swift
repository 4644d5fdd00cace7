import HTTP
import TestSupport
import Testing

/// Users who may do less than everything, on an OpenSearch with its own security plugin.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct RoleTests {
    /// Indices that Optimize needs and the role names.
    private static let half = ["optimize-*import-index*", "optimize-metadata*"]

    @Test(.besideOpenSearch2)
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
}

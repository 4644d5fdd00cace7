import Glibc
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

    /// An engine with users, whose user `narrow` may do what is granted.
    private struct SecuredEngine {
        let url: String
        let home: String
        let passwordFile: String

        /// Sends as the administrator.
        @discardableResult
        func send(_ method: HTTPRequest.Method, _ target: String, _ body: String = "") throws -> String {
            let ending = try curl(method, target, body)
            try #require(ending.status == 0, "\(method.rawValue) \(target): \(ending.output)\(ending.errors)")
            return ending.output
        }

        func curl(
            _ method: HTTPRequest.Method, _ target: String, _ body: String = "", options: [String] = []
        ) throws -> ChildProcess.Ending {
            try run(
                [
                    "curl", "-sS", "--fail-with-body", "--cacert", "\(home)/config/certs/ca.pem", "-u", "admin:admin",
                    "-X",
                    method.rawValue, "-H", "Content-Type: application/json", body.isEmpty ? "-g" : "-d\(body)",
                    "\(url)\(target)",
                ] + options)
        }

        /// - Parameter isConfirming: whether the user may ask the master for all indices.
        func grant(indices: [String], isConfirming: Bool) throws {
            let rights =
                ["main"].map { #""cluster:monitor/\#($0)""# } + (isConfirming ? [#""cluster:monitor/health""#] : [])
                + [#""cluster:admin/snapshot/*""#, #""cluster:admin/repository/*""#]
            let patterns = indices.map { "\"\($0)\"" }.joined(separator: ",")
            try send(
                .put, "/_plugins/_security/api/roles/narrow",
                """
                {"cluster_permissions":[\(rights.joined(separator: ","))],"index_permissions":[{"index_patterns":[\(patterns)],
                "allowed_actions":["indices:admin/get","indices:admin/aliases/get","indices:data/read/search"]}]}
                """)
            try send(
                .put, "/_plugins/_security/api/internalusers/narrow",
                #"{"password":"a-password-of-tests","opendistro_security_roles":["narrow"]}"#)
        }

        func program(_ arguments: [String]) throws -> ChildProcess.Ending {
            let scene = Scene(engine: Engine(url: url), name: "optimize")
            return try withTemporaryFolder { folder throws in
                try scene.start(
                    arguments,
                    changing: [
                        "OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME": "backups",
                        "OPTIMIZE_BACKUP_ENGINE_CA_FILE": "\(home)/config/certs/ca.pem",
                        "OPTIMIZE_BACKUP_ENGINE_USERNAME": "narrow",
                        "OPTIMIZE_BACKUP_ENGINE_PASSWORD_FILE": passwordFile,
                    ], in: folder
                ).wait()
            }
        }
    }

    private func withSecuredEngine(_ body: (SecuredEngine) throws -> Void) throws {
        try withTemporaryFolder { folder throws in
            let port = Int.random(in: 20_000..<29_000)
            let node = try PrivateEngine.start(
                port: port, folder: folder, name: "opensearch-2",
                arguments: [
                    "--secure", "plugins.security.unsupported.restapi.allow_securityconfig_modification=true",
                ])
            defer { node.kill() }
            let passwordFile = "\(folder)/password"
            try write("a-password-of-tests", toFile: passwordFile)
            chmod(passwordFile, 0o600)
            let engine = SecuredEngine(
                url: "https://127.0.0.1:\(port)", home: "\(folder)/engine", passwordFile: passwordFile)
            try #require(try becomesReady(engine), "the plugin is not initialized")
            for name in ["timestamp-based-import-index_v5", "alert_v4", "report_v4"] {
                try engine.send(.put, "/optimize-\(name)")
            }
            try engine.send(.put, "/optimize-metadata_v3", #"{"aliases":{"optimize-metadata":{}}}"#)
            try engine.send(.put, "/optimize-metadata_v3/_doc/1?refresh", #"{"schemaVersion":"8.6.0"}"#)
            try engine.send(.put, "/_snapshot/backups", #"{"type":"fs","settings":{"location":"backups"}}"#)
            try body(engine)
        }
    }

    /// Right after its start the plugin answers 503, which curl tries again.
    private func becomesReady(_ engine: SecuredEngine) throws -> Bool {
        try engine.curl(.get, "/", options: ["--retry", "60", "--retry-delay", "1"]).status == 0
    }
}

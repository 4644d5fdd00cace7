import HTTP
import JSON
import TestSupport
import Testing

/// What `create` can't do: each case has its exit status, says what to do, and leaves the repository as it was.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct RefusalTests {
    private func expectRefusal(
        _ scene: Scene, _ arguments: String..., changing changes: [String: String] = [:], status: Int32,
        saying words: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try scene.engine.snapshots(scene.name).keys.sorted()
        let ending = try withTemporaryFolder { try scene.start(arguments, changing: changes, in: $0).wait() }
        #expect(ending.status == status, "\(ending.errors)", sourceLocation: sourceLocation)
        for word in words {
            #expect(ending.errors.contains(word), "\(ending.errors)", sourceLocation: sourceLocation)
        }
        #expect(try scene.engine.snapshots(scene.name).keys.sorted() == before, sourceLocation: sourceLocation)
    }

    @Test(arguments: Engine.all)
    func saysWhatIsWrongWithWhatWasAsked(engine: Engine) throws {
        try withScene(engine) { scene throws in
            #expect(try scene.run("create", "taken").status == 0)
            try expectRefusal(scene, "create", "taken", status: 5, saying: "a backup with id taken already exists")
            try expectRefusal(scene, "create", "Bad", status: 64, saying: "upper-case letter 'B'")
            try expectRefusal(scene, "create", "a*", status: 64, saying: "'*'")
            try expectRefusal(scene, "show", "nope", status: 4, saying: "there is no backup nope")
            try expectRefusal(scene, "delete", "taken", status: 64, saying: "--yes")
        }
    }

    @Test(arguments: Engine.all)
    func saysWhichSettingDoesNotFit(engine: Engine) throws {
        try withScene(engine) { scene throws in
            for command in ["create", "list", "check"] {
                try expectRefusal(
                    scene, command, changing: ["OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME": "nope"], status: 78,
                    saying: command == "check" ? "" : "not registered",
                    command == "check" ? "" : "backup.repositoryName")
            }
            let check = try scene.run("check", changing: ["OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME": "nope"])
            let wrong = check.output.split(separator: "\n").filter { $0.hasPrefix("wrong ") }
            for words in ["not registered", "backup.repositoryName", scene.name, "PUT /_snapshot/nope {"] {
                #expect(wrong.contains { $0.contains(words) }, "\(check.output)")
            }
            try expectRefusal(
                scene, "create", changing: ["OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME": ""], status: 78,
                saying: "backup.repositoryName: is missing")
            try expectRefusal(
                scene, "create", changing: ["OPTIMIZE_BACKUP_BACKUP_INDEX_PREFIX": "nobody"], status: 78,
                saying: "nobody-metadata", "backup.optimizeVersion")
            try expectRefusal(
                scene, "create",
                changing: [
                    "OPTIMIZE_BACKUP_BACKUP_INDEX_PREFIX": "nobody", "OPTIMIZE_BACKUP_BACKUP_OPTIMIZE_VERSION": "8.6.0",
                ],
                status: 1, saying: "no import indices", "backup.indexPrefix")
            try expectRefusal(
                scene, "create", changing: ["OPTIMIZE_BACKUP_ENGINE_URLS": "http://127.0.0.1:1"], status: 69,
                saying: "not reachable", "engine.urls")
        }
    }

    @Test(arguments: Engine.all)
    func aReadOnlyRepositoryTakesNoBackup(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try engine.send(
                .put, "/_snapshot/\(scene.name)",
                #"{"type":"fs","settings":{"location":"\#(scene.name)","readonly":true}}"#)
            try expectRefusal(scene, "create", status: 78, saying: "read-only")
            try engine.addRepository(scene.name)
        }
    }

    @Test(arguments: Engine.all)
    func anUnassignedPrimaryFailsTheBackup(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try engine.addIndex(
                "\(scene.name)-alert_v4", settings: #","index.routing.allocation.require._name":"nowhere""#)
            let ending = try scene.run("create", "7")
            #expect(ending.status == 1)
            #expect(ending.errors.contains("snapshot_exception"), "\(ending.errors)")
            #expect(ending.errors.contains("\(scene.name)-alert_v4"), "\(ending.errors)")
            // Part 1 stands, part 2 will not come: that is told, too.
            #expect(ending.errors.contains("part_2_of_2"), "\(ending.errors)")
            let left = try engine.snapshots(scene.name).keys.sorted()
            #expect(left.count == 2 && left[1].hasPrefix("optimize-backup_failed_7_"), "\(left)")
            let shown = try JSONValue(text: scene.run("show", "7", "-o", "json").output)
            #expect(shown["state"] == .string("FAILED"))
            #expect(shown["failureReason"]?.string?.contains("snapshot_exception") == true, "\(shown)")
        }
    }

    /// The engines here have no security of their own: nginx in front of them has TLS and users.
    @Test(arguments: Engine.all)
    func trustAndCredentialsAreToldApart(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withProxy(engine) { url, folder throws in
                try write("geheim\n", toFile: "\(folder)/password")
                try write("falsch", toFile: "\(folder)/wrong")
                let proxied = ["OPTIMIZE_BACKUP_ENGINE_URLS": url]
                try expectRefusal(
                    scene, "create", changing: proxied, status: 69, saying: "engine.caFile", "certificate")
                try expectRefusal(
                    scene, "create", changing: ["OPTIMIZE_BACKUP_ENGINE_URLS": url.replacing("https:", with: "http:")],
                    status: 69, saying: "HTTPS port", "engine.urls")
                let trusted = proxied.merging(["OPTIMIZE_BACKUP_ENGINE_CA_FILE": "\(folder)/ca.pem"]) { $1 }
                try expectRefusal(
                    scene, "create", changing: trusted, status: 77, saying: "other credentials", "engine.username")
                var known = trusted.merging(["OPTIMIZE_BACKUP_ENGINE_USERNAME": "backup"]) { $1 }
                known["OPTIMIZE_BACKUP_ENGINE_PASSWORD_FILE"] = "\(folder)/wrong"
                try expectRefusal(scene, "create", changing: known, status: 77, saying: "other credentials")
                known["OPTIMIZE_BACKUP_ENGINE_PASSWORD_FILE"] = "\(folder)/password"
                let ending = try withTemporaryFolder {
                    try scene.start(["create", "7"], changing: known, in: $0).wait()
                }
                #expect(ending.status == 0, "\(ending.errors)")
            }
        }
    }
}

/// Runs nginx before an engine: TLS with a certificate of `ca.pem` in the folder, and the user `backup` with `geheim`.
private func withProxy(_ engine: Engine, _ body: (_ url: String, _ folder: String) throws -> Void) throws {
    try withCertificates { folder throws in
        let hash = try run("openssl", "passwd", "-apr1", "geheim").output
        try write("backup:\(hash)", toFile: "\(folder)/users")
        let port = freePort(andAt: [])
        try write(
            """
            pid \(folder)/pid; error_log stderr; daemon off; master_process off;
            events {}
            http {
              access_log off; client_body_temp_path \(folder)/1; proxy_temp_path \(folder)/2; fastcgi_temp_path \(folder)/3;
              uwsgi_temp_path \(folder)/4; scgi_temp_path \(folder)/5;
              server {
                listen 127.0.0.1:\(port) ssl; ssl_certificate \(folder)/server.pem; ssl_certificate_key \(folder)/server.key;
                location / { auth_basic engine; auth_basic_user_file \(folder)/users; proxy_pass \(engine.url); }
              }
            }
            """, toFile: "\(folder)/nginx.conf")
        let proxy = try ChildProcess(["nginx", "-c", "\(folder)/nginx.conf"], folder: folder)
        defer { proxy.stop() }
        try proxy.wait { _ in (try? Engine(url: "http://127.0.0.1:\(port)").send(.get, "/", expecting: nil)) != nil }
        try body("https://127.0.0.1:\(port)", folder)
    }
}

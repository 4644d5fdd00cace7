import Configuration
import Retention
import Scheduling
import TestSupport
import Testing
import Time

@Suite(.timeLimit(.minutes(10)))
struct SettingsTests {
    private func read(
        _ text: String, _ environment: [String: String] = [:], files: [String: Inputs.File] = [:]
    ) throws -> (settings: Settings, warnings: [Problem]) {
        try Settings.read(
            Inputs(name: "/etc/ob/c.yaml", text: Array(text.utf8), environment: environment) { files[$0] })
    }

    @Test func hasTheDefaultsOfTheManual() throws {
        let (settings, warnings) = try read("backup: {repositoryName: r}")
        #expect(settings == Settings(backup: BackupSettings(repositoryName: "r")))
        #expect(settings.engine.urls == ["http://127.0.0.1:9200"])
        #expect(settings.engine.requestTimeout == .seconds(30))
        #expect(settings.engine.deleteTimeout == .seconds(3_600))
        #expect(settings.backup.indexPrefix == "optimize")
        #expect(settings.backup.timeout == .seconds(43_200))
        #expect(settings.backup.optimizeVersion == nil)
        #expect(warnings.isEmpty)
    }

    @Test func readsEveryKeyOfAJob() throws {
        let settings = try read(
            """
            backup: {repositoryName: r}
            jobs:
              nightly:
                schedule: 0 30 2 ? * MON-FRI
                timeZone: Europe/Berlin
                clockChange: {gap: skip, overlap: twice}
                catchUp: none
                catchUpWithin: 2d
                retry: {attempts: 3, initialDelay: 1m}
                paused: true
                overdueAfter: 2h
                retention: {keepLast: all, keepHourly: 1, keepYearly: 5, keepWithin: 2y5mo7d3h, keepWithinWeekly: 8w}
                formerNames: [night, old]
              weekly: {schedule: "@weekly", retention: {expireAfter: 30d, minCount: 2, maxCount: 9}}
            retentionDefaults: {removeFailedAfter: 1d, adoptForeign: true, schedule: "@daily", maximumDeletesPerRun: 7, keepVanishedFor: 0d, keepVersionsFor: 8w, mode: report}
            """
        ).settings
        let (nightly, weekly) = (settings.jobs[0], settings.jobs[1])
        #expect(nightly.zone.name == "Europe/Berlin" && weekly.zone.name == "UTC")
        #expect(nightly.clockChange == ClockChangePolicy(gap: .skip, overlap: .twice))
        #expect(nightly.catchUp == .none && nightly.catchUpWithin == .seconds(172_800))
        #expect(nightly.retry.attempts == 3 && nightly.retry.initialDelay == .seconds(60))
        #expect(nightly.isPaused && nightly.overdueAfter == .seconds(7_200))
        #expect(nightly.retention.keepLast == .max && nightly.retention.keep == [.hourly: 1, .yearly: 5])
        #expect(nightly.retention.keepWithin == CalendarDuration(months: 29, days: 7, seconds: 10_800))
        #expect(nightly.retention.keepWithinPeriods == [.weekly: CalendarDuration(days: 56)])
        #expect(weekly.clockChange == ClockChangePolicy() && weekly.catchUp == .once)
        #expect(weekly.retention.expireAfter == .seconds(30 * 86_400))
        #expect(weekly.retention.minCount == 2 && weekly.retention.maxCount == 9)
        #expect(settings.retentionDefaults.adoptForeign && settings.retentionDefaults.maximumDeletesPerRun == 7)
        #expect(settings.retentionDefaults.schedule?.description == "@daily")
        #expect(settings.retentionDefaults.removeFailedAfter == .seconds(86_400))
        #expect(settings.retentionDefaults.keepVanishedFor == .zero && settings.retentionDefaults.mode == .report)
        #expect(settings.retentionDefaults.keepVersionsFor == .seconds(56 * 86_400))
        #expect(settings.jobs.renamed == ["night": "nightly", "old": "nightly"])
    }

    @Test func readsEveryKeyOfTheServer() throws {
        let server = try read(
            """
            backup: {repositoryName: r}
            server: {host: 0.0.0.0, port: 1, allowInsecure: true, allowedHosts: [backup.example, "[::1]", 10.0.0.1]}
            """
        ).settings.server
        #expect(server.host == "0.0.0.0" && server.port == 1 && server.allowsInsecure && !server.isLoopback)
        #expect(server.allowedHosts == ["backup.example", "[::1]", "10.0.0.1"])
        #expect(ServerSettings().allowedHosts == nil && ServerSettings().isLoopback)
    }

    /// A shared backup's metadata has room for some 600 bytes of names.
    @Test func namesOfJobsMustFitIntoASnapshot() throws {
        func jobs(_ count: Int, _ length: Int) -> String {
            let names = (0..<count).map { "\($0)" + String(repeating: "x", count: length - 1) }
            return "backup: {repositoryName: r}\njobs:\n"
                + names.map { "  \($0): {schedule: 0 2 * * *}\n" }.joined()
        }
        #expect(try read(jobs(9, 64)).settings.jobs.count == 9)
        let error = #expect(throws: ConfigurationError.self) { try read(jobs(10, 61)) }
        #expect(error?.problems.map(\.description).first?.contains("too long together") == true)
    }

    @Test func readsEveryKey() throws {
        let files = [
            "/etc/ob/ca.pem": Inputs.File(Array("-----BEGIN CERTIFICATE-----".utf8)),
            "/etc/ob/key": .init(Array("sesame\r\n".utf8)),
        ]
        let (settings, _) = try read(
            """
            engine:
              urls: [https://a:9200/, "https://[::1]:9201/base/"]
              apiKeyFile: key
              caFile: /etc/ob/ca.pem
              clientCertificateFile: ca.pem
              clientKeyFile: ca.pem
              requestTimeout: 15m
            backup:
              repositoryName: 'nightly backups'
              optimizeVersion: 8.6.0-SNAPSHOT
              indexPrefix: my_optimize
              firstPartIndices: [import-index]
              formerClusters: [3qGpVBCPTrydLdRkIQ3BWg, W99Hz01oQHG9oNXM1x6XMA]
              timeout: PT6H
              takeUpWithin: 2d
              waitForOthers: 0s
            log: {level: debug, format: json}
            """.replacing("'nightly backups'", with: "nightly").replacing("15m", with: "2m"), files: files)
        #expect(settings.engine.urls == ["https://a:9200", "https://[::1]:9201/base"])
        #expect(settings.engine.authorization == .apiKey("sesame"))
        #expect(settings.engine.certificateAuthority?.count == 27)
        #expect(settings.engine.clientKey != nil && settings.engine.clientCertificate != nil)
        #expect(settings.engine.requestTimeout == .seconds(120))
        #expect(settings.backup.optimizeVersion == "8.6.0-snapshot")
        #expect(settings.backup.indexPrefix == "my_optimize")
        #expect(settings.backup.firstPartIndices == ["import-index"])
        #expect(settings.backup.formerClusters == ["3qGpVBCPTrydLdRkIQ3BWg", "W99Hz01oQHG9oNXM1x6XMA"])
        #expect(settings.backup.timeout == .seconds(21_600))
        #expect(settings.backup.takeUpWithin == .seconds(172_800))
        #expect(settings.backup.waitForOthers == .zero)
        #expect(settings.log.level == .debug && settings.log.format == .json)
    }

    /// Nothing at all and null are one: the key was not given.
    @Test(arguments: ["null", "Null", "NULL", "~", ""])
    func nullIsNoValue(null: String) throws {
        let keys = [
            "engine.urls", "engine.username", "engine.passwordFile", "engine.caFile", "engine.requestTimeout",
            "backup.optimizeVersion", "backup.indexPrefix", "backup.formerClusters", "jobs.nightly.timeZone",
            "jobs.nightly.clockChange.gap", "jobs.nightly.retry", "jobs.nightly.paused", "jobs.nightly.overdueAfter",
            "jobs.nightly.retention.keepLast", "jobs.nightly.formerNames", "retention", "retentionDefaults.schedule",
            "server.port", "server.allowedHosts", "log",
        ]
        let text = "backup: {repositoryName: r}\njobs: {nightly: {schedule: 0 2 * * *}}\n"
        let plain = try read(text).settings
        for key in keys {
            let path = key.split(separator: ".")
            let known = path[0] == "backup" ? "  repositoryName: r\n" : path[0] == "jobs" ? "" : nil
            var lines = path[0] == "backup" ? "" : "backup: {repositoryName: r}\n"
            if path[0] != "jobs" { lines += "jobs: {nightly: {schedule: 0 2 * * *}}\n" }
            for (depth, name) in path.enumerated() {
                let indent = String(repeating: "  ", count: depth)
                lines += "\(indent)\(name):" + (depth == path.count - 1 ? " \(null)\n" : "\n")
                if depth == 0, let known, path.count > 1 { lines += known }
                if name == "nightly" { lines += "    schedule: 0 2 * * *\n" }
            }
            // The key itself stands last in its mapping.
            #expect(try read(lines).settings == plain, "\(lines)")
        }
        let list = try read("\(text)engine: {urls: [http://127.0.0.1:9200, \(null)]}").settings
        #expect(list == plain)
        #expect(throws: ConfigurationError.self) { try read(null) }
    }

    @Test func quotedNullIsText() throws {
        for text in ["null", "~", "NULL"] {
            let settings = try? read("backup: {repositoryName: r, optimizeVersion: \"\(text)\"}").settings
            #expect(settings?.backup.optimizeVersion == (text == "~" ? nil : "null"))
        }
        #expect(
            try read("backup: {repositoryName: \"${X}\", optimizeVersion: \"${X}\"}", ["X": "null"]).settings.backup
                .optimizeVersion == "null")
    }

    @Test func theEnvironmentWinsAndOursWinsOverOptimizes() throws {
        let text = "backup: {repositoryName: file, indexPrefix: file}\nengine: {urls: [http://file:1]}"
        var environment = [
            "CAMUNDA_OPTIMIZE_BACKUP_REPOSITORY_NAME": "optimize",
            "CAMUNDA_OPTIMIZE_ELASTICSEARCH_SETTINGS_INDEX_PREFIX": "prefix",
            "OPTIMIZE_BACKUP_ENGINE_URLS": "http://a:1, http://b:2",
        ]
        let settings = try read(text, environment).settings
        #expect(settings.backup.repositoryName == "optimize")
        #expect(settings.backup.indexPrefix == "prefix")
        #expect(settings.engine.urls == ["http://a:1", "http://b:2"])
        environment["OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME"] = "ours"
        #expect(try read(text, environment).settings.backup.repositoryName == "ours")
        #expect(try read("", environment).settings.backup.repositoryName == "ours")
    }

    @Test(arguments: [
        ("${NAME}", "value"), ("${NOWHERE:default}", "default"), ("a-${NAME}-${NOWHERE:b}-c", "a-value-b-c"),
        ("${EMPTY:x}y", "y"),
        ("${NOWHERE:}z", "z"),
    ])
    func replacesVariables(text: String, value: String) throws {
        let environment = ["NAME": "value", "EMPTY": ""]
        #expect(try read("backup: {repositoryName: \"\(text)\"}", environment).settings.backup.repositoryName == value)
    }

    /// What a variable holds is a value, never YAML.
    @Test func aVariableBringsNoStructure() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try read("backup: {repositoryName: \"${X}\"}", ["X": "r, timeout: 1h"])
        }
        #expect(error?.problems.count == 1)
    }

    @Test func credentialsComeFromSystemdFirst() throws {
        let text = "backup: {repositoryName: r}\nengine: {username: u, passwordFile: password}"
        let files = [
            "/run/credentials/password": Inputs.File(Array("one".utf8)), "/etc/ob/password": .init(Array("two".utf8)),
        ]
        let systemd = ["CREDENTIALS_DIRECTORY": "/run/credentials"]
        #expect(
            try read(text, systemd, files: files).settings.engine.authorization == .basic(user: "u", password: "one"))
        #expect(try read(text, files: files).settings.engine.authorization == .basic(user: "u", password: "two"))
    }

    @Test func requestsAreSignedWhereARegionIsGiven() throws {
        let files = ["/etc/ob/id": Inputs.File(Array("AKID".utf8)), "/etc/ob/secret": .init(Array("s\n".utf8))]
        func engine(_ keys: String) throws -> EngineSettings {
            try read("backup: {repositoryName: r}\nengine: {\(keys)}", files: files).settings.engine
        }
        let alone = try engine("aws: {region: eu-central-1}")
        #expect(alone.authorization == .signature && alone.aws.accessKeyID == nil)
        let given = try engine("aws: {region: us-gov-east-1, accessKeyIdFile: id, secretAccessKeyFile: secret}")
        #expect(given.aws.region == "us-gov-east-1" && given.aws.accessKeyID == "AKID")
        #expect(given.aws.secretAccessKey == "s" && given.aws.sessionToken == nil)
        #expect(
            alone.keysOfChangedFiles(in: given) == ["engine.aws.accessKeyIdFile", "engine.aws.secretAccessKeyFile"])
    }

    @Test(arguments: [
        ("username: u, passwordFile: id, aws: {region: eu-central-1}", "engine.username: excludes aws.region"),
        ("apiKeyFile: id, aws: {region: eu-central-1}", "engine.apiKeyFile: excludes aws.region"),
        ("aws: {accessKeyIdFile: id, secretAccessKeyFile: id}", "engine.aws.accessKeyIdFile: needs region beside it"),
        ("aws: {region: eu-central-1, accessKeyIdFile: id}", "needs secretAccessKeyFile beside it"),
        ("aws: {region: eu-central-1, secretAccessKeyFile: id}", "needs accessKeyIdFile beside it"),
        ("aws: {region: eu-central-1, sessionTokenFile: id}", "needs accessKeyIdFile beside it"),
        ("aws: {region: Frankfurt}", "a region's name, such as eu-central-1"), ("aws: {service: es}", "unknown key"),
    ])
    func whoAsksIsToldInOneWay(keys: String, problem: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try read(
                "backup: {repositoryName: r}\nengine: {\(keys)}", files: ["/etc/ob/id": Inputs.File(Array("i".utf8))])
        }
        #expect(error?.problems.contains { $0.description.contains(problem) } == true, "\(error?.problems ?? [])")
    }

    /// Drills come back in Optimize's own engine, by the rights of whoever restores, unless another engine is named.
    @Test func drillsHaveTheirPlace() throws {
        let own = """
            backup: {repositoryName: r}
            engine: {urls: [http://own:1]}
            restore: {username: v, passwordFile: q}
            verify: {maximumSize: 5gb, timeout: 3h}
            jobs: {nightly: {schedule: "@daily", verify: {schedule: "@weekly", drill: true}}}
            """
        let files = ["/etc/ob/q": Inputs.File(Array("secret\n".utf8))]
        let settings = try read(own, files: files).settings
        #expect(settings.verify.maximumSize == 5 << 30 && settings.verify.timeout == .seconds(10_800))
        #expect(settings.jobs[0].verify == .init(schedule: try Schedule("@weekly"), isDrill: true))
        #expect(settings.drillsByRightsOfRestores && settings.engineOfDrills == settings.engineOfRestores)
        let other = try read(
            "\(own)\n".replacing("3h}", with: "3h, repositoryName: there, engine: {urls: [http://b:2]}}"), files: files)
        #expect(other.settings.engineOfDrills.urls == ["http://b:2"] && !other.settings.drillsByRightsOfRestores)
        #expect(other.settings.verify.repositoryName == "there")
        let idle = try read("backup: {repositoryName: r}\njobs: {a: {schedule: '@daily', verify: {drill: true}}}")
        #expect(
            idle.warnings.map(\.description) == [
                "/etc/ob/c.yaml:2:48: jobs.a.verify.drill: does nothing without a schedule beside it"
            ])
        #expect(!idle.settings.drillsByRightsOfRestores)
    }

    /// Whoever only backs up need not be able to read what restores.
    @Test func restoresHaveCredentialsOfTheirOwn() throws {
        let text =
            "backup: {repositoryName: r}\nengine: {username: u, passwordFile: p}\nrestore: {username: v, passwordFile: q}"
        let files = ["/etc/ob/p": Inputs.File(Array("one".utf8)), "/etc/ob/q": .init(Array("two".utf8))]
        let settings = try read(text, files: files).settings
        #expect(settings.engine.authorization == .basic(user: "u", password: "one"))
        #expect(settings.engineOfRestores.authorization == .basic(user: "v", password: "two"))
        #expect(settings.engineOfRestores.isForRestore && !settings.engine.isForRestore)
        #expect(throws: ConfigurationError.self) {
            try read(text, files: ["/etc/ob/p": Inputs.File(Array("one".utf8))])
        }
        let variables = ["OPTIMIZE_BACKUP_RESTORE_API_KEY_FILE": "/nowhere"]
        let daemon = try Settings.read(
            Inputs(
                name: "/etc/ob/c.yaml", text: Array("backup: {repositoryName: r}".utf8), environment: variables,
                isForRestore: false))
        #expect(daemon.warnings.isEmpty && daemon.settings.engineOfRestores == daemon.settings.engine)
        let key = try read(
            "backup: {repositoryName: r}\nengine: {urls: [http://h:1]}\nrestore: {apiKeyFile: p}", files: files)
        #expect(key.settings.engineOfRestores.authorization == .apiKey("one"))
        #expect(key.settings.engine.authorization == nil && key.warnings.count == 1, "\(key.warnings)")
    }

    @Test func warnsOfWhatIsUnwise() throws {
        let files = ["/secret": Inputs.File(Array("s".utf8), isReadableByAll: true)]
        let text = "backup: {repositoryName: r}\nengine: {urls: [http://h:1, http://127.0.0.1:1], apiKeyFile: /secret}"
        #expect(
            try read(text, files: files).warnings.map(\.description) == [
                "/etc/ob/c.yaml:2:16: engine.urls: 'http://h:1' carries credentials over the network without TLS; use https://",
                "/etc/ob/c.yaml:2:62: engine.apiKeyFile: everybody on this machine may read /secret; chmod it to 600",
            ])
    }

    @Test func aVariableThatNoKeyHasIsAWarning() throws {
        let variables = [
            "OPTIMIZE_BACKUP_ENGINE_URL": "x", "OPTIMIZE_BACKUP_TEST_X": "1", "OPTIMIZE_BACKUP_CONFIG": "c",
        ]
        let warnings = try read("backup: {repositoryName: r}", variables).warnings
        #expect(
            warnings.map(\.description) == [
                "OPTIMIZE_BACKUP_ENGINE_URL: no key of the configuration has this variable; did you mean OPTIMIZE_BACKUP_ENGINE_URLS?"
            ])
    }

    @Test func loadsFromFiles() throws {
        try withTemporaryFolder { folder throws in
            try write("backup: {repositoryName: r}\nengine: {apiKeyFile: key}\n", toFile: "\(folder)/c.yaml")
            try write("k\n", toFile: "\(folder)/key")
            let settings = try Settings.load("\(folder)/c.yaml", environment: [:]).settings
            #expect(settings.engine.authorization == .apiKey("k"))
            #expect(
                try Settings.load(nil, environment: ["OPTIMIZE_BACKUP_CONFIG": "\(folder)/c.yaml"]).settings == settings
            )
            let error = #expect(throws: ConfigurationError.self) {
                try Settings.load("\(folder)/nope", environment: [:])
            }
            #expect(error?.description == "\(folder)/nope:1:1: there is no such file")
            #expect(throws: ConfigurationError.self) { try Settings.load(folder, environment: [:]) }
        }
    }
}

import Configuration
import Testing

/// Broken files, each with everything that is said of it.
@Suite(.timeLimit(.minutes(10)))
struct BrokenConfigurationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        var environment: [String: String] = [:]
        let messages: [String]

        var testDescription: String { text }
    }

    @Test(arguments: [
        Case(
            text: "",
            messages: [
                "c.yaml:1:1: backup.repositoryName: is missing; set it, or the variable CAMUNDA_OPTIMIZE_BACKUP_REPOSITORY_NAME, to the name of a snapshot repository that is registered with the engine"
            ]),
        Case(
            text: """
                backup: {repositoryName: r, formerClusters: [a b]}
                jobs:
                  a: {schedule: "@daily", formerNames: [b]}
                  b: {schedule: "@daily"}
                  c: {schedule: "@daily", formerNames: [d, C]}
                  e: {schedule: "@daily", formerNames: [f]}
                  g: {schedule: "@daily", formerNames: [f]}
                retentionDefaults: {mode: off, keepVanishedFor: -1d}
                """,
            messages: [
                "c.yaml:1:45: backup.formerClusters: 'a b' is not allowed, allowed is a list of cluster uuids, each once, such as [3qGpVBCPTrydLdRkIQ3BWg]",
                "c.yaml:3:40: jobs.a.formerNames: 'b' is the name of a job: its backups can't be those of two jobs",
                "c.yaml:5:40: jobs.c.formerNames: [d, C] is not allowed, allowed is a list of names of jobs, each once, such as [nightly]",
                "c.yaml:7:40: jobs.g.formerNames: 'f' was the name of e: its backups can't be those of two jobs",
                "c.yaml:8:27: retentionDefaults.mode: 'off' is not allowed, allowed is one of apply, report",
                "c.yaml:8:49: retentionDefaults.keepVanishedFor: '-1d' is not a duration, allowed is a duration from 0d to 3660d, such as 30s, 15m, 6h, 2d or PT15M",
            ]),
        Case(
            text: "engine: [1]\nbackup:\n",
            messages: [
                "c.yaml:1:9: engine: a list, but a mapping of keys is wanted",
                "c.yaml:2:1: backup.repositoryName: is missing; set it, or the variable CAMUNDA_OPTIMIZE_BACKUP_REPOSITORY_NAME, to the name of a snapshot repository that is registered with the engine",
            ]),
        Case(
            text: "backup:\n  repositoryName: a\n  repositroyName: b\n  repositoryName: c\nbackups: 1\nxyz: 1\n",
            messages: [
                "c.yaml:3:3: backup.repositroyName: unknown key; did you mean repositoryName?",
                "c.yaml:4:3: the key 'repositoryName' stands in line 2 already",
                "c.yaml:5:1: backups: unknown key; did you mean backup?",
                "c.yaml:6:1: xyz: unknown key, known here are backup, engine, jobs, log, restore, retention, retentionDefaults, server, verify",
            ]),
        Case(
            text: """
                engine:
                  urls: [ftp://a, "http://", "http://h?q", "http://:1", "http://h:99999"]
                  requestTimeout: 1mo
                  deleteTimeout: 2s
                backup: {repositoryName: "a/b", indexPrefix: Optimize, timeout: soon, waitForOthers: []}
                log: {level: loud}
                """,
            messages: [
                "c.yaml:2:9: engine.urls: [ftp://a, http://, http://h?q, http://:1, http://h:99999] does not begin with http:// or https://, allowed is a list of http:// or https:// URLs with host and port",
                "c.yaml:3:19: engine.requestTimeout: '1mo' has months or years, whose length is not fixed, allowed is a duration from 1s to 10m, such as 30s, 15m, 6h, 2d or PT15M",
                "c.yaml:4:18: engine.deleteTimeout: '2s' is too short, allowed is a duration from 10s to 1d, such as 30s, 15m, 6h, 2d or PT15M",
                #"c.yaml:5:26: backup.repositoryName: 'a/b' is not allowed, allowed is a name of up to 200 characters without space, control characters and any of \ / * ? " < > | , #"#,
                "c.yaml:5:46: backup.indexPrefix: 'Optimize' is not allowed, allowed is up to 100 lower-case letters, digits, '.', '-' and '_', beginning with a letter or a digit",
                "c.yaml:5:65: backup.timeout: 'soon' is not a duration, allowed is a duration from 1m to 30d, such as 30s, 15m, 6h, 2d or PT15M",
                "c.yaml:5:86: backup.waitForOthers: a list, allowed is a duration from 0d to 30d, such as 30s, 15m, 6h, 2d or PT15M",
                "c.yaml:6:14: log.level: 'loud' is not allowed, allowed is one of debug, info, warning, error",
            ]),
        Case(
            text:
                "backup: {repositoryName: r, optimizeVersion: 8_6, firstPartIndices: [a, a]}\nengine:\n  urls: []\n  username:\n",
            messages: [
                "c.yaml:1:46: backup.optimizeVersion: '8_6' is not allowed, allowed is up to 64 letters, digits, '.', '+' and '-', such as 8.6.0",
                "c.yaml:1:69: backup.firstPartIndices: [a, a] is not allowed, allowed is a list of base names in lower case, each once, such as [import-index, job-registry]",
                "c.yaml:3:9: engine.urls: [] is empty, allowed is a list of http:// or https:// URLs with host and port",
            ]),
        Case(
            text: "backup: {repositoryName: \"${NOWHERE}\", optimizeVersion: \"${VERSION}\", indexPrefix: \"${A\"}",
            environment: ["VERSION": "8.6.0"],
            messages: [
                "c.yaml:1:26: backup.repositoryName: the variable NOWHERE is not set, and there is no default as in ${NOWHERE:default}",
                "c.yaml:1:84: backup.indexPrefix: '${' without '}'",
            ]),
        Case(
            text: "backup: {repositoryName: r}\nengine: {requestTimeout: 5s}\n",
            environment: [
                "OPTIMIZE_BACKUP_ENGINE_URLS": "nowhere", "OPTIMIZE_BACKUP_ENGINE_REQUEST_TIMEOUT": "0s",
                "OPTIMIZE_BACKUP_TEST_X": "1", "OPTIMIZE_BACKUP_CONFIG": "c.yaml",
            ],
            messages: [
                "OPTIMIZE_BACKUP_ENGINE_REQUEST_TIMEOUT: engine.requestTimeout: '0s' is too short, allowed is a duration from 1s to 10m, such as 30s, 15m, 6h, 2d or PT15M",
                "OPTIMIZE_BACKUP_ENGINE_URLS: engine.urls: 'nowhere' does not begin with http:// or https://, allowed is a list of http:// or https:// URLs with host and port",
            ]),
        Case(
            text: "backup: {repositoryName: r}\nengine:\n  username: u\n  apiKeyFile: key\n  clientKeyFile: pem\n",
            messages: [
                "c.yaml:4:15: engine.apiKeyFile: excludes username and passwordFile",
                "c.yaml:5:18: engine.clientKeyFile: needs clientCertificateFile beside it",
            ]),
        Case(
            text: "backup: {repositoryName: r}\nrestore:\n  username: u\n  apiKeyFile: key\n",
            messages: ["c.yaml:4:15: restore.apiKeyFile: excludes username and passwordFile"]),
        Case(
            text: "backup: {repositoryName: r}\nrestore: {username: 'a:b'}\n",
            messages: [
                "c.yaml:2:21: restore.username: 'a:b' is not allowed, allowed is a user's name without a colon",
                "c.yaml:2:21: restore.username: needs passwordFile beside it",
            ]),
        Case(
            text: "backup: {repositoryName: r}\nrestore: {passwordFile: key}\n",
            messages: ["c.yaml:2:25: restore.passwordFile: needs username beside it"]),
        Case(
            text: "backup: {repositoryName: r}\nrestore: {username: u, passwordFile: empty}\n",
            messages: ["c.yaml:2:38: restore.passwordFile: empty is empty, allowed is one line with the secret"]),
        Case(
            text:
                "backup: {repositoryName: r}\nengine: {aws: {region: eu-central-1}}\nrestore: {username: u, passwordFile: key}\n",
            messages: [
                "c.yaml:3:21: restore.username: excludes engine.aws.region: each request is signed by one key, which has to have all rights then",
                "c.yaml:3:38: restore.passwordFile: excludes engine.aws.region: each request is signed by one key, which has to have all rights then",
            ]),
        Case(
            text: "backup: {repositoryName: r}\nengine: {aws: {region: eu-central-1}}\nrestore: [1]\n",
            messages: ["c.yaml:3:10: restore: a list, but a mapping of keys is wanted"]),
        Case(
            text: "backup: {repositoryName: r}\nengine: {urls: [nowhere, \"https://me:secret@es:9200\"]}\n",
            messages: [
                "c.yaml:2:16: engine.urls: names a user; use username and passwordFile, allowed is a list of http:// or https:// URLs with host and port"
            ]),
        Case(
            text: "backup: {repositoryName: r}\nengine: {clientCertificateFile: pem, clientKeyFile: locked}\n",
            messages: [
                "c.yaml:2:53: engine.clientKeyFile: the key is encrypted, and there is nobody to ask for its passphrase: allowed is a key without one, which LoadCredentialEncrypted= of systemd keeps safe as well"
            ]),
        Case(
            text: "backup: {repositoryName: r}\nengine: {clientCertificateFile: pem, clientKeyFile: oldLocked}\n",
            messages: [
                "c.yaml:2:53: engine.clientKeyFile: the key is encrypted, and there is nobody to ask for its passphrase: allowed is a key without one, which LoadCredentialEncrypted= of systemd keeps safe as well"
            ]),
        Case(
            text: "backup: {repositoryName: r}\nengine: {clientCertificateFile: pem}\n",
            messages: [
                "c.yaml:2:33: engine.clientCertificateFile: needs clientKeyFile beside it, or a key in the same file"
            ]),
        Case(
            text: "backup: {repositoryName: r}\nengine:\n  username: u\n",
            messages: ["c.yaml:3:13: engine.username: needs passwordFile beside it"]),
        Case(
            text: "backup: {repositoryName: r}\nengine: {username: u, passwordFile: nope, caFile: key}\n",
            messages: [
                "c.yaml:2:37: engine.passwordFile: there is no readable file nope, allowed is the name of a readable file, absolute, or relative to $CREDENTIALS_DIRECTORY or to the configuration's folder; systemd's LoadCredential= hands over what the service's user can't read",
                "c.yaml:2:51: engine.caFile: key is not in PEM, allowed is a file with '-----BEGIN …' in it",
            ]),
        Case(
            text: "backup: {repositoryName: r}\nengine: {username: u, passwordFile: lines}\n",
            messages: [
                "c.yaml:2:37: engine.passwordFile: lines has several lines or a control character, allowed is one line with the secret"
            ]),
        Case(
            text: "backup: {repositoryName: r}\nengine: {apiKeyFile: empty}\n",
            messages: ["c.yaml:2:22: engine.apiKeyFile: empty is empty, allowed is one line with the secret"]),
        Case(
            text: """
                backup: {repositoryName: r}
                jobs:
                  Nightly: {schedule: 0 2 * *, timeZone: Mars/Olympus}
                  a: {retention: {keepLast: 0, keepDialy: 3}}
                  b: {schedule: 0 0 30 2 *, paused: maybe}
                  c: {schedule: 0 * 2 25 3 SUN, timeZone: Europe/Berlin}
                server: {host: 0.0.0.0, port: 99999, allowedHosts: ["a.example:80"]}
                """,
            messages: [
                "c.yaml:3:3: jobs.Nightly: 'Nightly' is no name of a job, allowed are up to 64 lower-case letters, digits and '-'",
                "c.yaml:3:23: jobs.Nightly.schedule: '0 2 * *' is no schedule: it has 4 fields, wanted are minute, hour, day of month, month and day of week, with seconds before them if need be, or @daily, @hourly, @every 6h, allowed is five or six fields of cron, @daily and the like, or @every 6h",
                "c.yaml:3:42: jobs.Nightly.timeZone: there is no time zone 'Mars/Olympus' on this machine; allowed are IANA names such as Europe/Berlin, UTC and local, and Debian's packages tzdata and tzdata-legacy bring them",
                "c.yaml:4:3: jobs.a.schedule: is missing, allowed is five or six fields of cron, @daily and the like, or @every 6h",
                "c.yaml:4:29: jobs.a.retention.keepLast: '0' is not allowed, allowed is a whole number from 1 to 1000000, or all",
                "c.yaml:4:32: jobs.a.retention.keepDialy: unknown key; did you mean keepDaily?",
                "c.yaml:5:17: jobs.b.schedule: '0 0 30 2 *' never comes: no such day exists, allowed is five or six fields of cron, @daily and the like, or @every 6h",
                "c.yaml:5:37: jobs.b.paused: 'maybe' is not allowed, allowed is true or false",
                "c.yaml:6:17: jobs.c.schedule: '0 * 2 25 3 SUN' never comes in Europe/Berlin: changes of the clock leave out every such time",
                "c.yaml:7:16: server.host: '0.0.0.0' is beyond loopback: whoever reaches it could order and delete backups; set server.allowInsecure to true if something else protects it",
                "c.yaml:7:31: server.port: '99999' is not allowed, allowed is a whole number from 0 to 65535",
                "c.yaml:7:52: server.allowedHosts: 'a.example:80' is not allowed, allowed is a list of host names and addresses, without ports; IPv6 in brackets",
            ]),
        Case(
            text:
                "backup: {repositoryName: ~}\nengine: {username: u, passwordFile: null, urls: [~]}\njobs: {a: null}\nx: null\n",
            messages: [
                "c.yaml:1:1: backup.repositoryName: is missing; set it, or the variable CAMUNDA_OPTIMIZE_BACKUP_REPOSITORY_NAME, to the name of a snapshot repository that is registered with the engine",
                "c.yaml:2:20: engine.username: needs passwordFile beside it",
                "c.yaml:2:49: engine.urls: [] is empty, allowed is a list of http:// or https:// URLs with host and port",
                "c.yaml:3:8: jobs.a.schedule: is missing, allowed is five or six fields of cron, @daily and the like, or @every 6h",
                "c.yaml:4:1: x: unknown key, known here are backup, engine, jobs, log, restore, retention, retentionDefaults, server, verify",
            ]),
        Case(
            text: "backup: {repositoryName: r, optimizeVersion: 'a b', timeout: \"null\"}\n",
            messages: [
                "c.yaml:1:46: backup.optimizeVersion: 'a b' is not allowed, allowed is up to 64 letters, digits, '.', '+' and '-', such as 8.6.0",
                "c.yaml:1:62: backup.timeout: 'null' is not a duration, allowed is a duration from 1m to 30d, such as 30s, 15m, 6h, 2d or PT15M",
            ]),
        Case(
            text:
                "backup: {repositoryName: r}\nverify: {maximumSize: 5, timeout: 1s, repositoryName: there, engine: {username: u}}\n",
            messages: [
                "c.yaml:2:23: verify.maximumSize: '5' is not allowed, allowed is a size such as 512mb, 50gb or 2tb",
                "c.yaml:2:35: verify.timeout: '1s' is too short, allowed is a duration from 1m to 30d, such as 30s, 15m, 6h, 2d or PT15M",
                "c.yaml:2:55: verify.repositoryName: needs verify.engine.urls beside it",
                "c.yaml:2:81: verify.engine.username: needs passwordFile beside it",
                "c.yaml:2:81: verify.engine.username: needs verify.engine.urls beside it: without it drills come back in Optimize's own engine",
            ]),
        Case(text: "backup: &a {repositoryName: r}", messages: ["c.yaml:1:9: anchors are not allowed"]),
        Case(
            text: "backup:\n  repositoryName: r\n timeout: 1h\n",
            messages: ["c.yaml:3:2: while parsing a block mapping in line 1: did not find expected key"]),
    ])
    func everythingWrongIsToldAtOnce(broken: Case) {
        let files = [
            "key": "secret\n", "pem": "-----BEGIN X-----", "lines": "a\nb\n", "empty": "\n",
            "locked": "-----BEGIN ENCRYPTED PRIVATE KEY-----",
            "oldLocked": "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n",
        ]
        let inputs = Inputs(name: "c.yaml", text: Array(broken.text.utf8), environment: broken.environment) { name in
            files[name].map { Inputs.File(Array($0.utf8)) }
        }
        let error = #expect(throws: ConfigurationError.self) { try Settings.read(inputs) }
        #expect(error?.problems.map(\.description) == broken.messages)
    }
}

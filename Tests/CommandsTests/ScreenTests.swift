import Glibc
import TestSupport
import Testing

/// What a person sees on a terminal, against files of `Golden`.
///
/// `OPTIMIZE_BACKUP_TEST_RECORD=1` writes the files anew. Times, paths, ports and who runs the test stand there by names of equal length where
/// that matters; `␛` is the escape character, `␍` the start of the same line.
@Suite(.timeLimit(.minutes(10)))
struct ScreenTests {
    private static let job =
        #"jobs: {nightly: {schedule: "0 2 * * *", timeZone: Europe/Berlin, retention: {keepLast: 1}}}"#

    @Test(arguments: [80, 200])
    func screensAreAsRecorded(columns: Int) throws {
        let screens = try withScene(Self.job) { scene in
            func screen(_ arguments: [String], _ variables: [String: String] = [:]) throws -> String {
                let ending = try scene.runOnTerminal(arguments, columns: columns, variables)
                return "\(ending.output)\(ending.errors)\n[\(ending.status)]\n"
            }
            for id in ["20270101010000", "2", "3"] { _ = try scene.run("create", id, "--job", "nightly") }
            _ = try scene.run(
                "hold", "2", "--reason", "for the auditors, who want to see what stood in Optimize when the year began",
                "--until", "2099-01-01T00:00:00Z")
            var screens = [
                ("check", try screen(["check"])),
                ("schedule", try screen(["schedule", "--count", "3", "--after", "2027-03-26T12:00:00Z"])),
                ("show", try screen(["show", "2"])),
            ]
            scene.letSnapshotsFail()
            _ = try scene.run("create", "4", "--job", "nightly")
            screens += [
                ("list", try screen(["list"])), ("prune", try screen(["prune", "--dry-run"])),
                ("failure-not-found", try screen(["show", "5"])), ("failure-id-taken", try screen(["create", "3"])),
                (
                    "failure-unreachable",
                    try screen(["list"], ["OPTIMIZE_BACKUP_ENGINE_URLS": "http://127.0.0.1:1"])
                ),
                (
                    "failure-repository",
                    try screen(["list"], ["OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME": "elsewhere"])
                ),
                ("failure-configuration", try screen(["list"], ["OPTIMIZE_BACKUP_ENGINE_REQUEST_TIMEOUT": "soon"])),
            ]
            scene.letSnapshotsRunOn()
            screens.append(("create", try screen(["create", "7"], ["INTERRUPT_AFTER": "part 1: 0 %"])))
            return screens
        }
        for (name, screen) in screens {
            let file = "\(folder)/\(name).\(columns).txt"
            let seen = name == "schedule" ? screen : normal(screen)
            if ownEnvironment()["OPTIMIZE_BACKUP_TEST_RECORD"] == "1" { try write(seen, toFile: file) }
            #expect(seen == contents(of: file), "\(name) at \(columns) columns")
        }
    }

    private var folder: String { "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Golden" }

    /// The same wherever and whenever it is run.
    private func normal(_ screen: String) -> String {
        var name = [CChar](repeating: 0, count: 65)
        gethostname(&name, 64)
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let user = getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "uid \(getuid())"
        var text = screen.replacing(/20(?:2[0-9])-\d\d-\d\dT\d\d:\d\d:\d\dZ/, with: "2027-01-31T02:00:00Z")
            .replacing(/20(?:2[0-9])-\d\d-\d\dT\d\d:\d\d:\d\d([+]\d\d:\d\d)/, with: { "2027-01-31T02:00:00\($0.1)" })
            .replacing(/20(?:2[0-9])-\d\d-\d\d/, with: "2027-01-31").replacing(
                #/  \d\d:\d\d:\d\d  /#, with: "  02:00:00  "
            )
            .replacing(/\b\d+(?:\.\d+)? (?:ms|s)\b/, with: "1 s").replacing(
                /127\.0\.0\.1:\d{4,5}/, with: "127.0.0.1:9200"
            )
            .replacing(/\/tmp\/optimize-backup-test-\w{6}/, with: "/etc")
            .replacing("\(user)@\(host)", with: "root@host").replacing("on \(host)", with: "on host")
            .replacing("\u{1B}", with: "␛")
        // One day may end while it runs.
        let days = text.split(separator: "\n␛[1m2027-01-31␛[0m\n", omittingEmptySubsequences: false)
        if days.count > 2 { text = days[0] + "\n␛[1m2027-01-31␛[0m\n" + days[1...].joined() }
        // How often the line of progress is drawn depends on time.
        var pieces: [Substring] = []
        for piece in text.split(separator: "\r", omittingEmptySubsequences: false) where piece != pieces.last {
            pieces.append(piece)
        }
        text = pieces.joined(separator: "␍")
        return text
    }
}

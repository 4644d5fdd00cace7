import Glibc
import JSON
import TestSupport
import Testing
import Time

/// How the daemon's log looks where it goes.
@Suite(.timeLimit(.minutes(10)))
struct LogTests {
    /// Starts `serve`, on an engine that is not there if none is given, and ends it once a line of its log has come.
    private func log(
        _ more: String, engine: String = "http://127.0.0.1:1", shell: String? = nil,
        until text: String = "answers on port"
    ) throws -> [Substring] {
        try withConfiguration(engine: engine, more) { folder, file in
            let process = try BuiltProgram.start(["--config", file, "serve"], shell: shell, in: folder)
            try process.wait { $0.errors.contains(text) }
            process.signal(SIGTERM)
            let ending = process.wait()
            #expect(ending.status == 0, "\(ending.errors)")
            return ending.errors.split(separator: "\n")
        }
    }

    @Test func severalJobsAreAllInAnEntry() throws {
        let jobs = #"jobs: {one: {schedule: "* * * * * *"}, two: {schedule: "* * * * * *"}}"#
        let lines = try withRefusingEngine("no", status: 403) {
            try log("log: {format: json}\n\(jobs)", engine: $0, until: #""BACKUP_JOB":["one","two"]"#)
        }
        for line in lines {
            let entry = JSONValue(Array(line.utf8))
            #expect(
                (entry?["time"]?.string).flatMap { try? Instant(rfc3339: $0) } != nil && entry?["level"]?.string != nil)
            #expect(entry?["message"]?.string != nil && entry?["messageId"]?.string != nil, "\(line)")
        }
    }

    @Test(.enabled(if: access("/run/systemd/journal/socket", F_OK) != 0))
    func withoutAJournalItIsText() throws {
        let lines = try log("log: {format: journal}")
        #expect(lines.filter { $0.contains("there is no journal here") }.count == 1)
        #expect(lines.contains { $0.contains(" notice optimize-backup: stopping") }, "\(lines)")
    }

    @Test func textThatTheJournalReadsHasPriorities() throws {
        let lines = try log(
            "log: {format: text}", shell: #"JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec "$@""#)
        #expect(lines.contains { $0.hasPrefix("<4>optimize-backup: warning: ") }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("<5>optimize-backup: stopping") }, "\(lines)")
        let elsewhere = try log("log: {format: text}")
        for line in elsewhere {
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            #expect((try? Instant(rfc3339: words[0])) != nil && words[2].hasPrefix("optimize-backup: "), "\(line)")
        }
    }

    @Test func exchangesAreToldAtTheLevelDebug() throws {
        let lines = try withRefusingEngine("no", status: 403) { try log("log: {level: debug}", engine: $0) }
        #expect(
            lines.contains { $0.contains(" debug optimize-backup: GET http://") && $0.contains(": 403 in ") },
            "\(lines)")
    }
}

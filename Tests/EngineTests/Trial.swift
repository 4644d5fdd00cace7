import HTTP
import JSON
import TestSupport
import Testing

/// A command as it is tried with some rights on an engine with users.
struct Trial {
    /// What it is called with.
    let arguments: [String]
    /// The indices that the rights are for.
    var pattern = "optimize-*"
    var changes: [String: String] = [:]
    /// Brings back what a refused attempt may have used up.
    var renew: () throws -> Void = {}

    /// Makes what the command finds, so that it can be refused any number of times and then succeeds; nil for a row that nobody knows here.
    ///
    /// - Parameter configuration: a file with a job and a policy that keeps one backup.
    init?(_ command: String, on engine: SecuredEngine, configuration: String) throws {
        let (backup, other) = ("1", "2")
        func prepare(_ arguments: String...) throws {
            try engine.programOfAdministrator(["--config", configuration] + arguments)
        }
        switch command {
        case "list", "check", "markers": arguments = [command]
        case "show", "wait", "runbook", "hold", "verify": arguments = [command, backup]
        case "create": arguments = [command, "3"]
        case "delete":
            try prepare("create", other)
            arguments = [command, other, "--yes"]
        case "cancel":
            // A snapshot that takes longer than all of this, and is stopped within seconds: before that it sleeps for what it has read.
            let slow = #"{"type":"fs","settings":{"location":"slow","max_snapshot_bytes_per_sec":"40kb"}}"#
            try engine.send(.put, "/_snapshot/slow", slow)
            let random = String((0..<100_000).map { _ in "0123456789abcdef".randomElement() ?? "0" })
            let text = String(repeating: random, count: 24)
            try withTemporaryFolder { folder throws in
                try write("{\"text\":\"\(text)\"}", toFile: "\(folder)/document")
                try engine.send(
                    .put, "/optimize-timestamp-based-import-index_v5/_doc/1?refresh", "@\(folder)/document")
            }
            renew = {
                // The answer to one that runs is that its name is taken.
                _ = try engine.curl(
                    .put, "/_snapshot/slow/camunda_optimize_4_8.6.0_part_1_of_2",
                    #"{"indices":"optimize-timestamp-based-import-index_v5","include_global_state":false}"#)
            }
            arguments = [command, "4"]
            changes["OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME"] = "slow"
        case "prune":
            // The first of both goes.
            try prepare("create", "5")
            try prepare("create", "6")
            arguments = ["--config", configuration, command, "--yes"]
        case "release":
            try prepare("hold", backup)
            renew = { try engine.programOfAdministrator(["hold", backup]) }
            arguments = [command, backup]
        case "pause": arguments = ["--config", configuration, command, "nightly"]
        case "resume":
            try prepare("pause", "nightly")
            arguments = ["--config", configuration, command, "nightly"]
        case "markers remove":
            try prepare("hold", backup)
            let markers = JSONValue(Array(try engine.programOfAdministrator(["-o", "json", "markers"]).output.utf8))
            let hold = markers?.array?.first { $0["kind"] == "hold" }
            arguments = ["markers", "remove", try #require(hold?["name"]?.string, "\(markers ?? .null)")]
        case "restore --rename-prefix":
            arguments = ["restore", backup, "--rename-prefix", "other", "--yes"]
            pattern = "other-*"
        case "verify --drill":
            arguments = ["verify", backup, "--drill"]
            pattern = "drill-*"
            changes = try engine.drillAccess
        case "restore":
            for index in ["timestamp-based-import-index_v5", "alert_v4", "report_v4", "metadata_v3"] {
                try engine.send(.delete, "/optimize-\(index)")
            }
            arguments = ["restore", backup, "--yes"]
        case "restore --replace-existing":
            arguments = ["restore", backup, "--replace-existing", "--yes", "--optimize-stopped"]
        default: return nil
        }
    }
}

import BackupDaemon
import Foundation
import Testing

/// The journal's catalog explains every kind of entry.
@Suite(.timeLimit(.minutes(10)))
struct CatalogTests {
    @Test func everyMessageIDIsUsed() throws {
        let folders = ["BackupDaemon", "Commands"].map {
            URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/\($0)")
        }
        let files = try folders.flatMap {
            try FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil)
        }
        let sources = try files.filter { $0.lastPathComponent != "MessageID.swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }.joined()
        for id in MessageID.allCases { #expect(sources.contains(try Regex("\\.\(id)\\b")), "\(id) is told nowhere") }
    }

    @Test func everyMessageIDIsExplained() throws {
        let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let catalog = try String(
            contentsOf: repository.appending(path: "systemd/optimize-backup.catalog"), encoding: .utf8)
        let ids = catalog.split(separator: "\n").filter { $0.hasPrefix("-- ") }.map { String($0.dropFirst(3)) }
        #expect(ids.sorted() == MessageID.allCases.map(\.digits).sorted())
        let entries = catalog.split(separator: "\n-- ").dropFirst()
        for entry in entries {
            let lines = entry.split(separator: "\n")
            #expect(lines.count >= 4 && lines[1].hasPrefix("Subject: "), "no explanation: \(entry)")
        }
    }
}

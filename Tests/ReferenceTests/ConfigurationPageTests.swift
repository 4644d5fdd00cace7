import Commands
import Configuration
import Retention
import Testing
import Time

@testable import Reference

/// What manual and example say of the configuration is what its reader takes.
@Suite(.timeLimit(.minutes(10)))
struct ConfigurationPageTests {
    /// A key that has a value, by its whole path.
    private struct Leaf {
        let path: String
        let key: KeyDescription
    }

    private func leaves(_ keys: [KeyDescription], _ prefix: String = "") -> [Leaf] {
        keys.flatMap { key in
            switch key.kind {
            case .value: [Leaf(path: prefix + key.name, key: key)]
            case .section(let inner): leaves(inner, "\(prefix)\(key.name).")
            case .each(let inner): leaves(inner, "\(prefix)\(key.name).NAME.")
            }
        }
    }

    @Test func everyKeyIsToldInFull() {
        let leaves = leaves(Settings.keyDescriptions)
        #expect(leaves.count > 60)
        #expect(Set(leaves.map(\.path)).count == leaves.count)
        for leaf in leaves {
            #expect(Page.configuration.text.contains("\n| `\(leaf.path)` | "), "\(leaf.path)")
            #expect(leaf.key.documentation.hasSuffix("."), "\(leaf.path)")
            #expect(isVersion(leaf.key.since), "\(leaf.path)")
            guard case .value(let allowed, let unset, _) = leaf.key.kind else { continue }
            #expect(!allowed.isEmpty && unset != .standard("") && unset != .words(""), "\(leaf.path)")
        }
    }

    /// Whether it is the program's version, or an earlier one.
    private func isVersion(_ text: String) -> Bool {
        let (given, newest) = (
            text.split(separator: ".").map { Int($0) }, version.split(separator: ".").map { Int($0) }
        )
        return given.count == 3 && !given.contains(nil)
            && !newest.compactMap(\.self).lexicographicallyPrecedes(given.compactMap(\.self))
    }

    /// The units hand over every secret and certificate that the configuration can name.
    @Test(arguments: ["optimize-backup.service", "optimize-backup@.service"])
    func everySecretHasACredential(unit: String) throws {
        let files = leaves(Settings.keyDescriptions).filter { $0.path.hasSuffix("File") }
        #expect(files.count > 10)
        let names = files.map { leaf in
            let words = leaf.path.dropLast("File".count).map { $0.isUppercase ? "-\($0.lowercased())" : "\($0)" }
                .joined()
            return words.replacing("verify.engine", with: "drill").replacing("engine.aws", with: "aws").replacing(
                ".", with: "-")
        }
        let prefix = "LoadCredential=optimize-backup."
        let lines = try text(ofFile: "systemd/\(unit)").split(separator: "\n").filter { $0.hasPrefix(prefix) }
        #expect(Set(lines.map { $0.dropFirst(prefix.count).prefix { $0 != ":" } }.map(String.init)) == Set(names))
        for line in lines where unit.contains("@") {
            let name = line.dropFirst(prefix.count).prefix { $0 != ":" }
            #expect(line.hasSuffix(":optimize-backup.%i.\(name)"), "\(line)")
        }
    }

    /// The defaults that it shows are what holds where they are left out.
    @Test func theExampleMeansWhatItSays() throws {
        let (settings, warnings) = try read(Page.example.text)
        #expect(warnings.isEmpty)
        var expected = Settings(backup: BackupSettings(repositoryName: "backups"))
        (expected.jobs, expected.retention) = (settings.jobs, settings.retention)
        #expect(settings == expected)
        #expect(settings.jobs.map(\.name) == ["nightly"] && settings.jobs.first?.zone.name == "UTC")
        #expect(settings.jobs.first?.retention == RetentionPolicy(keepLast: 3, keep: [.daily: 14]))
        #expect(settings.retention == RetentionPolicy(keepLast: 10, keep: [.daily: 14]))
        let lines = Page.example.text.split(separator: "\n", omittingEmptySubsequences: false)
        let shown = lines.map { isComment($0) ? String($0) : String($0).replacing("#", with: "") }
        #expect(shown.count { $0.contains(": ") } > lines.count { $0.contains(": ") && !$0.contains("#") } + 20)
        #expect(try read(shown.joined(separator: "\n")).settings == settings)
    }

    /// Whether a line holds words, or a key without a default.
    private func isComment(_ line: Substring) -> Bool {
        let text = line.drop { $0 == " " }
        return text.hasPrefix("# ") || text.hasPrefix("#") && text.hasSuffix(":")
    }

    private func read(_ text: String) throws -> (settings: Settings, warnings: [Problem]) {
        try Settings.read(Inputs(name: "c.yaml", text: Array(text.utf8)))
    }

    @Test func everyKeyStandsInTheExample() {
        for leaf in leaves(Settings.keyDescriptions) {
            #expect(
                Page.example.text.contains("#\(leaf.key.name):") || Page.example.text.contains(" \(leaf.key.name): "),
                "\(leaf.path)")
        }
    }
}

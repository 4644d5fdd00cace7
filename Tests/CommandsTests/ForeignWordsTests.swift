import TestSupport
import Testing

/// Words that others wrote, wherever a person sees them: they are shown, and nothing obeys them.
@Suite(.timeLimit(.minutes(10)))
struct ForeignWordsTests {
    /// Each as it must not stand anywhere; line ends of our own are left out.
    private static let hidden: [Unicode.Scalar] = [
        "\u{7}", "\u{8}", "\r", "\u{B}", "\u{1B}", "\u{7F}", "\u{85}", "\u{90}", "\u{9B}", "\u{9D}", "\u{61C}",
        "\u{200B}",
        "\u{200D}", "\u{200E}", "\u{202E}", "\u{2028}", "\u{2029}", "\u{2060}", "\u{2066}", "\u{2069}", "\u{FEFF}",
        "\u{AD}",
        "\u{E0041}",
    ]
    private static let words = "x" + hidden.map { "\($0)" }.joined(separator: "x") + "x\nkeep  forged"

    /// Of a backup whose snapshots bear it for long: Optimize 3.9 takes it, this program does not.
    private static let foreign = "i\u{9B}\u{202E}\u{200B}d"
    private static let id = "ours"

    @Test func nothingObeysThem() throws {
        let commands = [
            ["list"], ["show", Self.id], ["markers"], ["prune", "--dry-run"], ["-o", "json", "list"],
            ["-o", "json", "show", Self.id], ["delete", Self.id, "--yes"], ["cancel", Self.id], ["show", Self.words],
            ["show", Self.foreign], ["verify", Self.id],
            ["markers", "remove", Self.words], ["create", Self.id], ["list", "--state", Self.words], [Self.words],
            ["schedule", "--job", Self.words], ["release", Self.id], ["hold", Self.id], ["release", Self.id],
            ["delete", Self.id, "--yes"],
        ]
        let (plain, onTerminal) = try withScene { scene in
            _ = try scene.run("create", "theirs")
            scene.rename("theirs", to: Self.foreign)
            _ = try scene.run("create", Self.id)
            _ = try scene.run("hold", Self.id, "--reason", Self.words)
            let onTerminal = try [["list"], ["show", Self.id], ["markers"], ["prune", "--dry-run"]].map {
                try scene.runOnTerminal($0, columns: 1_000)
            }
            return (try commands.map { try scene.run($0) }, onTerminal)
        }
        for (command, ending) in zip(commands, plain) {
            let text = ending.output + ending.errors
            let found = Set(Self.hidden).intersection(text.unicodeScalars)
            #expect(found.isEmpty, "\(command): \(text.onOneLineForTests)")
            #expect(!text.split(separator: "\n").contains { $0.hasPrefix("keep  forged") }, "\(command)")
        }
        #expect(plain[0].output.contains(#"i\u{9B}\u{202E}\u{200B}d"#), "\(plain[0])")
        #expect(plain[1].output.contains(#"x\u{1B}x"#), "\(plain[1])")
        for ending in onTerminal {
            // What is ours are colours, and nothing else.
            var text = ending.output
            for colour in ["0", "1", "9", "31"] { text = text.split(separator: "\u{1B}[\(colour)m").joined() }
            #expect(Set(Self.hidden).intersection(text.unicodeScalars).isEmpty, "\(text.onOneLineForTests)")
        }
    }
}

extension String {
    /// For messages of tests.
    fileprivate var onOneLineForTests: String { unicodeScalars.map { $0.escaped(asASCII: true) }.joined() }
}

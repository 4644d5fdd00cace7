import Testing
import Text

@Suite(.timeLimit(.minutes(10)))
struct OnOneLineTests {
    @Test(arguments: [
        ("", ""), ("plain, with ünï¢ode 😀 and a \\", "plain, with ünï¢ode 😀 and a \\"),
        ("a\nb", "a b"), ("a\r\nb", "a b"), ("a\rb", "a b"), ("a\n\r\n\n\u{2028}b", "a b"), ("a\n", "a "),
        ("a\u{0B}b\u{0C}c\u{85}d\u{2028}e\u{2029}f", "a b c d e f"),
        ("a\n\u{1B}\nb", #"a \u{1B} b"#), ("\u{0}\u{7}\t\u{7F}\u{9B}", #"\u{0}\u{7}\u{9}\u{7F}\u{9B}"#),
        ("\u{202E}x\u{2066}\u{2069}\u{200E}\u{200F}\u{61C}", #"\u{202E}x\u{2066}\u{2069}\u{200E}\u{200F}\u{61C}"#),
        ("a\u{200B}b\u{FEFF}c\u{2060}\u{AD}\u{E0041}", #"a\u{200B}b\u{FEFF}c\u{2060}\u{AD}\u{E0041}"#), ("⚠️", "⚠️"),
        ("e\u{301}\r\n\u{301}", "e\u{301} \u{301}"),
    ])
    func othersWordsAreOneLine(text: String, line: String) {
        #expect(Array(text.onOneLine.unicodeScalars) == Array(line.unicodeScalars))
        #expect(text.onOneLine.onOneLine == text.onOneLine)
    }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdefg", 6, "abc…"), ("äää", 6, "äää"), ("aääb", 5, "a…"), ("aäb😀", 7, "aäb…"),
        ("😀😀", 6, "…"), ("e\u{301}e\u{301}", 5, "e…"),
    ])
    func aCutLeavesScalarsWhole(text: String, limit: Int, expected: String) {
        #expect(text.cut(toBytes: limit) == expected)
    }

    @Test func jsonKeepsItsValues() {
        let text = "{\n  \"a\": \"x\u{202E}y\u{7F}\u{85}\u{2028}ü\u{200B}\u{E0041}\"\n}"
        #expect(
            text.withHiddenEscapedAsJSON == "{\n  \"a\": \"x\\u202ey\\u007f\\u0085\\u2028ü\\u200b\\udb40\\udc41\"\n}")
    }
}

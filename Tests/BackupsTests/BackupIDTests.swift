import Testing

@testable import Backups

@Suite(.timeLimit(.minutes(10)))
struct BackupIDTests {
    @Test(arguments: [
        "backup1", "0", "a_b", "20270328004000", "nächtlich", "a.b-c~d", "e\u{301}", "日本",
        String(repeating: "a", count: 3_800),
    ])
    func accepts(text: String) throws {
        #expect(try BackupID(text).description == text)
    }

    @Test(arguments: [
        ("", "be empty"), ("Backup", "upper-case letter 'B'"), ("a b", "white space"), ("a\u{A0}b", "white space"),
        ("a*", "contain '*'"), ("a/b", "contain '/'"), ("a,b", "contain ','"), ("a#b", "contain '#'"),
        ("a?b", "contain '?'"),
        ("a\\b", "contain '\\'"), ("a\"b", "contain '\"'"), ("<a", "contain '<'"), ("a|b", "contain '|'"),
        ("a%2fb", "contain '%'"), ("a\u{7}", "control character"), (String(repeating: "a", count: 3_801), "3800"),
        ("a\u{80}", "control character"), ("a\u{9F}b", "control character"), ("a\u{9B}", "control character"),
        ("a\u{85}b", "white space"), ("a\u{2028}b", "white space"), ("a\u{202E}b", "invisible character U+202E"),
        ("\u{2066}a", "U+2066"), ("a\u{61C}", "U+61C"), ("a\u{200B}b", "U+200B"), ("a\u{200D}b", "U+200D"),
        ("a\u{200F}", "U+200F"), ("\u{FEFF}a", "U+FEFF"), ("a\u{2060}b", "U+2060"), ("a\u{AD}b", "U+AD"),
        ("a\u{FE0F}", "U+FE0F"), ("a\u{3164}", "U+3164"), ("a\u{E0041}", "U+E0041"), ("a/\u{301}b", "contain '/'"),
        // Six bytes each as they travel.
        (String(repeating: "я", count: 634), "3800"),
    ])
    func refusesWithTheReason(text: String, reason: String) {
        let error = #expect(throws: BackupError.self) { try BackupID(text) }
        #expect(error?.code == .invalidID)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test(
        arguments: [
            ("0", 0), ("7", 7), ("9223372036854775807", Int64.max), ("9223372036854775808", nil), ("007", nil),
            ("-1", nil),
            ("+1", nil), ("a", nil), ("1.0", nil),
        ] as [(String, Int64?)])
    func isANumberWhereItCanBe(text: String, number: Int64?) throws {
        #expect(try BackupID(text).number == number)
    }
}

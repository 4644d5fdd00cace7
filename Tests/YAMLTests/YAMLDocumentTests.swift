import Testing
import YAML

@Suite(.timeLimit(.minutes(10)))
struct YAMLDocumentTests {
    private func parse(_ text: String) throws -> YAMLDocument { try YAMLDocument(Array(text.utf8)) }

    /// The tree as one line: `kind@line:column`.
    private func outline(_ node: YAMLNode?) -> String {
        guard let node else { return "-" }
        let place = "@\(node.mark.line):\(node.mark.column)"
        switch node.content {
        case .scalar(let text, let isPlain): return (isPlain ? text : "\"\(text)\"") + place
        case .sequence(let items): return "[\(items.map(outline).joined(separator: " "))]" + place
        case .mapping(let entries):
            let inner = entries.map { "\($0.key)@\($0.keyMark.line):\($0.keyMark.column)=\(outline($0.value))" }
            return "{\(inner.joined(separator: " "))}" + place
        }
    }

    @Test(arguments: [
        ("", "-"), ("# nothing\n", "-"), ("---\n", "@2:1"), ("a", "a@1:1"), ("a: 1", "{a@1:1=1@1:4}@1:1"),
        ("a:1", "a:1@1:1"),
        ("a:\n  - x\n  - 'y'\n", "{a@1:1=[x@2:5 \"y\"@3:5]@2:3}@1:1"), ("ä: ö\n", "{ä@1:1=ö@1:4}@1:1"),
        ("\u{FEFF}a: b\n", "{a@1:1=b@1:4}@1:1"), ("{a: [], b: {}}", "{a@1:2=[]@1:5 b@1:9={}@1:12}@1:1"),
        ("a: |\n  one\n  two\n", "{a@1:1=\"one\ntwo\n\"@1:4}@1:1"), ("a:\nb: 1", "{a@1:1=@1:3 b@2:1=1@2:4}@1:1"),
    ])
    func knowsWhereEverythingStands(text: String, expected: String) throws {
        #expect(outline(try parse(text).root) == expected)
    }

    @Test(arguments: [
        ("a: &x 1", 1, 4, "anchors are not allowed"), ("a: *x", 1, 4, "aliases are not allowed"),
        ("a: !!str 1", 1, 4, "tags are not allowed"),
        ("a: 1\n---\nb: 2", 2, 1, "a second document begins here; only one is allowed"),
        ("? [a]\n: 1", 1, 3, "a key must be a single value, not a list"),
        ("a: [1", 2, 1, "while parsing a flow sequence in line 1: did not find expected ',' or ']'"),
        ("a: 1\n b: 2", 2, 3, "mapping values are not allowed in this context"),
        ("a: \"\\q\"", 1, 5, "while parsing a quoted scalar in line 1: found unknown escape character"),
        ("a:\n\t- b", 2, 1, "while scanning for the next token in line 2: found character that cannot start any token"),
        ("a: \u{0}", 1, 4, "control characters are not allowed (the file must be UTF-8 text)"),
    ])
    func refusesWithThePlace(text: String, line: Int, column: Int, message: String) {
        let problem = #expect(throws: YAMLProblem.self) { try parse(text) }
        #expect(problem == YAMLProblem(YAMLMark(line: line, column: column), message))
    }

    @Test(arguments: [
        ("a:", true), ("a: ~", true), ("a: null", true), ("a: Null", true), ("a: NULL", true), ("a: nUll", false),
        ("a: 'null'", false), ("a: \"\"", false), ("a: []", false), ("a: {}", false), ("a: nil", false),
    ])
    func knowsNull(text: String, isNull: Bool) throws {
        guard case .mapping(let entries) = try parse(text).root?.content else { return #expect(Bool(false)) }
        #expect(entries[0].value.isNull == isNull)
    }

    @Test func badUTF8IsToldWithItsPlace() {
        let problem = #expect(throws: YAMLProblem.self) { try YAMLDocument(Array("a: 1\nä: ".utf8) + [0xFF]) }
        #expect(problem?.mark == YAMLMark(line: 2, column: 4))
    }

    @Test func everyDuplicateKeyIsTold() throws {
        let document = try parse("a: 1\nb:\n  c: 1\n  c: 2\na: 3\na: 4\n")
        #expect(
            document.duplicateKeys == [
                YAMLProblem(YAMLMark(line: 4, column: 3), "the key 'c' stands in line 3 already"),
                YAMLProblem(YAMLMark(line: 5, column: 1), "the key 'a' stands in line 1 already"),
                YAMLProblem(YAMLMark(line: 6, column: 1), "the key 'a' stands in line 1 already"),
            ])
        #expect(outline(document.root) == "{a@1:1=1@1:4 b@2:1={c@3:3=1@3:6}@3:3}@1:1")
    }

    @Test(arguments: [
        (String(repeating: "[", count: 40), "nested deeper"),
        ("[" + String(repeating: "a,", count: 60_000) + "]", "more than 50000"),
        (String(repeating: "#", count: 1_048_577), "larger than"),
    ])
    func hasLimits(text: String, message: String) {
        let problem = #expect(throws: YAMLProblem.self) { try parse(text) }
        #expect(problem?.message.contains(message) == true, "\(problem?.message ?? "")")
    }
}

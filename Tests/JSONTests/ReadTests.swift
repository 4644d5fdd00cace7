import JSON
import Testing

/// What RFC 8259 has to be read and refused, by kinds of texts.
@Suite(.timeLimit(.minutes(10)))
struct ReadTests {
    private func read(_ text: String, _ duplicateKeys: JSONValue.DuplicateKeys = .lastCounts) throws -> JSONValue {
        try JSONValue(reading: Array(text.utf8), duplicateKeys: duplicateKeys)
    }

    @Test(
        arguments: [
            ("null", .null), ("true", true), (" \t\r\n false \n", false), ("[]", []), ("{}", [:]), ("\"\"", ""),
            ("[1, [2, {\"a\": [null]}]]", [1, [2, ["a": [.null]]]]), ("{\"\": {\"\": 0}}", ["": ["": 0]]),
            ("[[], {}, \"\"]", [[], [:], ""]),
        ] as [(String, JSONValue)])
    func structures(text: String, value: JSONValue) throws {
        #expect(try read(text) == value)
    }

    @Test(
        arguments: [
            ("0", .integer(0)), ("-0", .integer(0)), ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            ("-9223372036854775809", .number(-9_223_372_036_854_775_808)), ("1.0", .number(1)), ("1e3", .number(1_000)),
            ("1E+2", .number(100)), ("-1.5e-3", .number(-0.0015)), ("1e400", .number(.infinity)),
            ("1e-400", .number(0)),
            ("100000000000000000000000000000", .number(1e29)),
        ] as [(String, JSONValue)])
    func numbers(text: String, value: JSONValue) throws {
        #expect(try read(text) == value)
    }

    @Test(arguments: [
        ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{C}\n\r\t"), ("\"\\u00e9\\u20AC\"", "é€"),
        ("\"\\ud83d\\ude00\"", "😀"), ("\"a\\u0000b\"", "a\u{0}b"),
        ("\"\u{7F}\u{2028}\u{10FFFF}\"", "\u{7F}\u{2028}\u{10FFFF}"),
        // Half of a pair is no character; the text around it is not lost.
        ("\"a\\ud800b\"", "a?b"), ("\"\\udc00\"", "\u{FFFD}\u{FFFD}\u{FFFD}"),
    ])
    func texts(text: String, value: String) throws {
        #expect(try read(text) == .string(value))
        #expect(try read("{\(text): 1}") == .object([value: 1]))
    }

    @Test(arguments: [
        // Structure.
        "", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1,,2]", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}",
        "{,}", "{\"a\" 1}", "{1:1}", "{null:1}", "{\"a\":1 \"b\":2}", "{'a':1}", "{a:1}", "[1]]", "{}{}", "1 2", "[1],",
        "{\"a\":1}x", "[\"a\",\n4\n,1,", "[1}", "{\"a\":1]", "\"a\":1", "nul", "truee", "True", "NULL", "[nan]",
        "undefined",
        // Comments are none.
        "/* */ 1", "1 // a", "# a\n1",
        // Numbers.
        "+1", "01", "-01", "-", "1.", ".5", "-.5", "1e", "1e+", "1.e1", "0x10", "1_000", "Infinity", "-Infinity", "NaN",
        "1a", "--1", "1e5.5", "１",
        // Texts.
        "\"", "\"a", "\"\\", "\"\\\"", "\"\\x41\"", "\"\\a\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\U0041\"", "\"a\nb\"",
        "\"a\tb\"",
        "\"a\u{0}b\"", "\"\u{1F}\"", "'a'", "“a”",
        // A byte-order mark is no white space, nor is any of Unicode's.
        "\u{FEFF}1", "\u{A0}1", "\u{B}1", "[\u{C}]",
    ])
    func whatIsNone(text: String) {
        #expect(throws: JSONError.self) { try read(text) }
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xE0, 0x80, 0x80, 0x22],
            [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
            [0x22, 0xF8, 0x88, 0x80, 0x80, 0x80, 0x22],
            [0x22, 0x80, 0x22], [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], [0xFF], [0xFF, 0xFE, 0x31, 0x00],
            [
                0x22, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61,
                0xED, 0xA0, 0x80, 0x22,
            ],
        ] as [[UInt8]])
    func whatIsNotUTF8(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONValue(reading: bytes) }
    }

    @Test func nestingHasALimitThatCostsNothing() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try read(nested(1_000)).bytes == Array(nested(1_000).utf8))
        #expect(throws: JSONError("more than 1000 levels", at: .init(line: 1, column: 1_002))) {
            try read(nested(1_001))
        }
        #expect(throws: JSONError.self) { try read(String(repeating: "[", count: 1_000_000)) }
        #expect(throws: JSONError.self) { try read(String(repeating: "{\"a\":", count: 1_000_000)) }
    }

    @Test func keysThatStandTwice() throws {
        let text = "{\"backupId\": 1,\n \"other\": {\"backupId\": 2}, \"backupId\": 3}"
        #expect(try read(text)["backupId"] == 3)
        #expect(throws: JSONError("the key \"backupId\" stands there twice", at: .init(line: 2, column: 38))) {
            try read(text, .refused)
        }
        #expect(throws: JSONError.self) { try read("{\"a\":1,\"\\u0061\":2}", .refused) }
        #expect(try read("[{\"a\":1},{\"a\":2,\"b\":{\"a\":3}}]", .refused).array?.count == 2)
    }

    @Test(arguments: [
        ("{\"backupId\":2006,}", 1, 18), ("{\n  \"a\": 1,\n  \"b\" 2\n}", 3, 8), ("[1, 2, x]", 1, 8), ("", 1, 1),
        ("{\"a\": \"é\", b}", 1, 14),
    ])
    func placesOfErrors(text: String, line: Int, column: Int) throws {
        let error = #expect(throws: JSONError.self) { try read(text) }
        let place = try #require(error?.place)
        #expect(place.line == line && abs(place.column - column) <= 1, "\(text): \(place)")
        #expect(error.map { !$0.reason.isEmpty && !$0.reason.contains("\n") } == true)
    }

    @Test func textsThatComeAgainAreRight() throws {
        // More different ones than are remembered, each twice.
        let names = (0..<5_000).map { "optimize-process-instance-\($0)_v8" }
        let json = JSONValue.array((names + names).map { .string($0) })
        #expect(try JSONValue(reading: json.bytes) == json)
    }
}

/// A long array that is given away element by element.
@Suite(.timeLimit(.minutes(10)))
struct ReadEachTests {
    private func each(_ text: String) throws(JSONError) -> (given: [JSONValue], rest: JSONValue) {
        var given: [JSONValue] = []
        let rest = try JSONValue(reading: Array(text.utf8), eachIn: "list") { given.append($0) }
        return (given, rest)
    }

    @Test func onlyTheOutermostObjectsIsGivenAway() throws {
        let (given, rest) = try each(
            "{\"a\":{\"list\":[1]},\"list\":[{\"list\":[2,[3]]},[4],5],\"b\":[[6]],\"c\":{\"list\":[7]}}")
        #expect(given == [["list": [2, [3]]], [4], 5])
        #expect(rest == ["a": ["list": [1]], "list": [], "b": [[6]], "c": ["list": [7]]])
    }

    @Test(arguments: ["{\"list\":{\"list\":[1]}}", "[[1]]", "{}", "{\"list\":null}", "[{\"list\":[1]}]", "1"])
    func whatIsNoSuchArrayStays(text: String) throws {
        let (given, rest) = try each(text)
        #expect(given.isEmpty && rest == JSONValue(Array(text.utf8)))
    }

    @Test func aRefusalEndsTheReading() throws {
        let error = #expect(throws: JSONError.self) {
            try JSONValue(reading: Array("{\"list\":[1,2,3]}".utf8), eachIn: "list") { item throws(JSONError) in
                if item == 2 { throw JSONError("not this one") }
            }
        }
        #expect(error?.reason == "not this one" && error?.place?.line == 1)
    }
}

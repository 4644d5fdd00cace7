import JSON
import Testing

@Suite(.timeLimit(.minutes(10)))
struct WriteTests {
    @Test(
        arguments: [
            (.null, "null"), (true, "true"), ([], "[]"), ([:], "{}"), ("", "\"\""),
            (.integer(.min), "-9223372036854775808"),
            (.number(3.6), "3.6"), (.number(1), "1"), (.number(-0.0015), "-0.0015"), (.number(1e300), "1e+300"),
            (.number(.infinity), "null"), (.number(.nan), "null"),
            ("a/\"\\\n\r\t\u{0}\u{1F}\u{7F}é", "\"a/\\\"\\\\\\n\\r\\t\\u0000\\u001f\u{7F}é\""),
            (["b": 1, "a": [1, "x", .null]], "{\"a\":[1,\"x\",null],\"b\":1}"),
        ] as [(JSONValue, String)])
    func onOneLine(value: JSONValue, text: String) {
        #expect(String(decoding: value.bytes, as: UTF8.self) == text)
    }

    @Test func indented() {
        let value: JSONValue = ["b": [], "a": [1, ["c": [:]]], "d": .null]
        #expect(
            value.indented == """
                {
                  "a": [
                    1,
                    {
                      "c": {}
                    }
                  ],
                  "b": [],
                  "d": null
                }
                """)
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let value: JSONValue = [
            "texts": .array((0..<0x3000).compactMap { Unicode.Scalar($0) }.map { .string("x\($0)") }),
            "numbers": [
                .integer(.max), .number(0.1), .number(.leastNonzeroMagnitude), .number(1.7976931348623157e308),
                .number(1e15),
            ],
        ]
        #expect(try JSONValue(reading: value.bytes, duplicateKeys: .refused) == value)
        #expect(try JSONValue(reading: Array(value.indented.utf8)) == value)
    }
}

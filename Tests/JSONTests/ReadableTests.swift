import JSON
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ReadableTests {
    private let json: JSONValue = [
        "text": "a", "number": 1, "list": ["a", "b"], "mixed": ["a", 1], "counts": ["a": 1], "nothing": .null,
    ]

    @Test func membersOfAKind() throws {
        let (text, number): (String, Int) = (try json.required("text"), try json.required("number"))
        let (list, counts): ([String], [String: Int64]) = (try json.required("list"), try json.required("counts"))
        #expect(text == "a" && number == 1 && list == ["a", "b"] && counts == ["a": 1])
        let (absent, nothing): (String?, String?) = (try json.optional("absent"), try json.optional("nothing"))
        #expect(absent == nil && nothing == nil)
    }

    @Test func membersOfAnotherKindAreNotAbsent() {
        func reason<Value: JSONReadable>(_ key: String, as type: Value.Type) -> String? {
            do throws(JSONError) {
                let _: Value? = try json.optional(key)
                return nil
            } catch {
                return error.reason
            }
        }
        #expect(reason("number", as: String.self) == "\"number\": expected text")
        #expect(reason("text", as: Int.self) == "\"text\": expected a whole number")
        #expect(reason("mixed", as: [String].self) == "\"mixed\": expected text")
        #expect(reason("text", as: [String].self) == "\"text\": expected an array")
        #expect(reason("list", as: [String: Int].self) == "\"list\": expected an object")
        #expect(throws: JSONError("there is no \"absent\"")) { let _: String = try json.required("absent") }
        #expect(throws: JSONError("there is no \"nothing\"")) { let _: String = try json.required("nothing") }
        #expect(throws: JSONError("expected an object")) { let _: String = try JSONValue.array([]).required("a") }
    }
}

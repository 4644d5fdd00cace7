import HTTP
import Testing

/// Header fields: order, case, more than one of a name.
@Suite(.timeLimit(.minutes(10)))
struct HTTPFieldsTests {
    @Test func namesCompareWithoutCase() {
        let fields: HTTPFields = ["Content-Type": "a", "content-type": "b", "Content-Typo": "c"]
        #expect(fields["CONTENT-TYPE"] == "a")
        #expect(fields.all("Content-type") == ["a", "b"])
        #expect(fields["Content"] == nil)
    }

    @Test func settingReplacesAllOfAName() {
        var fields: HTTPFields = ["A": "1", "b": "2", "a": "3"]
        fields["a"] = "4"
        #expect(fields == ["b": "2", "a": "4"])
        fields["B"] = nil
        #expect(fields.fields.map(\.name) == ["a"])
    }
}

import ElasticsearchClient
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SnapshotUUIDTests {
    @Test(arguments: [
        "dF_8yNX3QmWqkyeDlZV-Rw", "0000000000000000000000", "----------------------", "_____________________z", "",
        "short", "dF_8yNX3QmWqkyeDlZV-Rw1", "dF_8yNX3QmWqkyeDlZV+Rw", "camunda_optimize_1_8.6.0_part_1_of_2",
        "dF_8yNX3QmWqkyeDlZVéw",
    ])
    func anyTextComesBackAsItWas(text: String) {
        #expect(SnapshotUUID(text).description == text)
        #expect(SnapshotUUID(text) == SnapshotUUID(text))
    }

    @Test func oneDigitMakesAnother() {
        let digits = Array("dF_8yNX3QmWqkyeDlZV-Rw")
        let uuids = digits.indices.map { place in
            var changed = digits
            changed[place] = changed[place] == "A" ? "B" : "A"
            return SnapshotUUID(String(changed))
        }
        #expect(Set(uuids + [SnapshotUUID(String(digits))]).count == 23)
    }
}

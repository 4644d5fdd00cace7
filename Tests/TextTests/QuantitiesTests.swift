import Testing
import Text

@Suite(.timeLimit(.minutes(10)))
struct QuantitiesTests {
    @Test(arguments: [(0, "0 jobs"), (1, "1 job"), (2, "2 jobs")])
    func oneIsOne(count: Int, words: String) {
        #expect(count.of("job") == words)
    }

    @Test func aPluralMayBeItsOwn() {
        #expect(1.of("index", "indices") == "1 index" && 3.of("index", "indices") == "3 indices")
    }

    @Test(
        arguments: [
            (0, "0 B"), (1_023, "1023 B"), (1_024, "1 KiB"), (3_584, "3.5 KiB"), (1_048_575, "1 MiB"),
            (1_048_576, "1 MiB"), (5 << 30, "5 GiB"), (1 << 40, "1 TiB"), (.max, "8192 PiB"),
        ] as [(Int64, String)])
    func sizesAreInPowersOfTwo(count: Int64, words: String) {
        #expect(count.inBytes == words)
    }
}

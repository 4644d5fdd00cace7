import Testing

@testable import Backups

struct PageSizeTests {
    /// A repository may have any number of pages.
    @Test func growsToALimit() {
        var size = PageSize()
        for _ in 0..<200 { size.record(took: .milliseconds(1)) }
        #expect(size.count == 1_000)
        size.record(took: .seconds(2))
        #expect(size.count == 1_000)
    }

    @Test func shrinksToOne() {
        var size = PageSize()
        for _ in 0..<20 { size.record(took: .seconds(5)) }
        #expect(size.count == 1 && !size.shrink())
    }

    /// What was too much once is not asked for again; what passes is.
    @Test func growsToWhatIsNotTooMuch() {
        var size = PageSize()
        let isLess = size.recordTooMuch()
        #expect(isLess && size.count == 4)
        for _ in 0..<20 { size.record(took: .milliseconds(1)) }
        #expect(size.count == 8)
        let shrinks = (0..<3).map { _ in size.recordTooMuch() }
        #expect(shrinks == [true, true, false] && size.count == 1)
    }

    @Test func quartersWithoutAnAnswer() {
        var size = PageSize()
        let shrinks = (0..<3).map { _ in size.shrink() }
        #expect(shrinks == [true, true, false] && size.count == 1)
    }
}

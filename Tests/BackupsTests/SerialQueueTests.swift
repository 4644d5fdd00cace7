import Testing

@testable import Backups

@Suite(.timeLimit(.minutes(10)))
struct SerialQueueTests {
    /// A sign of life is the operation's that gives it, also from within another queue, and nobody else's.
    @Test func signsOfLifeAreTheOperations() async {
        let (queue, inner) = (SerialQueue(), SerialQueue())
        let before = await queue.lastSign
        SerialQueue.showLife()
        #expect(await queue.lastSign == before)
        await queue.run {
            #expect(await queue.lastSign == before)
            SerialQueue.showLife()
            let first = await queue.lastSign
            #expect(first != before)
            await inner.run { SerialQueue.showLife() }
            #expect(await queue.lastSign != first)
        }
        let after = await queue.lastSign
        await inner.run { SerialQueue.showLife() }
        #expect(await queue.lastSign == after)
    }
}

import HTTP
import Testing

/// Targets: paths and queries, decoded once.
@Suite(.timeLimit(.minutes(10)))
struct RequestTargetTests {
    @Test func pathAndQueryAreTakenApart() {
        let target = RequestTarget("/a%2Fb//c?x=1%202+3&y=&z&x=4&q=a=b?c")
        #expect(target?.path == ["a/b", "c"])
        #expect(target?.query == ["x": "1 2 3", "y": "", "z": "", "q": "a=b?c"])
        #expect(RequestTarget("/+")?.path == ["+"])
        #expect(RequestTarget("/")?.path == [])
    }

    @Test(arguments: ["", "a", "*", "/%", "/%4", "/%zz", "/%+1", "/%00", "/%ff", "/?a=%00", "/?%fe=1"])
    func whatCannotBeReadIsNone(text: String) {
        #expect(RequestTarget(text) == nil)
    }
}

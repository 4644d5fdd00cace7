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

    @Test(
        arguments: [
            ("/a?b", "/a?b", nil), ("/http://h/", "/http://h/", nil), ("//h/a", "//h/a", nil),
            ("http://h/a?b", "/a?b", "h"), ("HTTP://H:8092/a", "/a", "H:8092"), ("https://[::1]:1/a", "/a", "[::1]:1"),
            ("http://h", "/", "h"), ("http://h?a=b/c@d", "/?a=b/c@d", "h"), ("http://h/@", "/@", "h"),
        ] as [(String, String, String?)])
    func anAbsoluteFormNamesItsHost(text: String, target: String, authority: String?) {
        let received = RequestTarget.received(text)
        #expect(received?.target == target && received?.authority == authority)
    }

    @Test(arguments: [
        "", "*", "a", "h:443", "http:/h", "http://", "http:///a", "http://:80/a", "http://u@h/", "ftp://h/",
    ])
    func otherFormsAreNone(text: String) { #expect(RequestTarget.received(text) == nil) }

    @Test(arguments: ["", "a", "*", "/%", "/%4", "/%zz", "/%+1", "/%00", "/%ff", "/?a=%00", "/?%fe=1"])
    func whatCannotBeReadIsNone(text: String) {
        #expect(RequestTarget(text) == nil)
    }
}

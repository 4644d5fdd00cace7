import ManagementAPI
import Testing

/// By which names the daemon may be called.
@Suite(.timeLimit(.minutes(10)))
struct AllowedHostsTests {
    private static let byDefault: [(String?, Bool)] = [
        (nil, true), ("localhost", true), ("LOCALHOST.:8092", true), ("127.0.0.1:8092", true), ("127.1.2.3", true),
        ("[::1]:8092", true), ("[::1]", true), ("host.example", true), ("host.example:80", true),
        ("evil.example", false), ("127.0.0.1.evil.example", false), ("localhost.evil.example", false),
        ("127.evil", false), ("10.0.0.1:8092", false), ("[2001:db8::1]", false), ("", false), (":8092", false),
    ]

    @Test(arguments: byDefault)
    func loopbackAndTheOwnName(host: String?, isAdmitted: Bool) {
        let hosts = AllowedHosts(nil, ownName: "Host.example", isBeyondLoopback: false)
        #expect(hosts.admits(host) == isAdmitted)
    }

    /// With either scheme, and with whatever port.
    @Test(arguments: [
        ("http://localhost:8092", true), ("https://host.example", true), ("http://host.example", true),
        ("https://127.0.0.1:8443", true), ("http://[::1]:8092", false), ("https://HOST.example.", true),
        ("null", false), ("", false), ("https://", false), ("https://:80", false), ("ftp://localhost", false),
        ("localhost", false), ("https://evil.example", false), ("https://localhost.evil.example", false),
        ("https://evil.example@localhost", false), ("https://localhost@evil.example", false),
        ("https://evil.example/localhost", false), ("https://localhost, https://evil.example", false),
        ("https://10.0.0.1", false), ("file://localhost", false),
    ])
    func pagesOfAllowedHosts(origin: String, isAdmitted: Bool) {
        let hosts = AllowedHosts(nil, ownName: "host.example", isBeyondLoopback: false)
        #expect(hosts.admits(origin: origin, to: "127.0.0.1:8092") == isAdmitted)
    }

    @Test func onlyConfiguredHostsHavePages() {
        let hosts = AllowedHosts(["backup.example"], ownName: "host", isBeyondLoopback: true)
        for origin in ["https://backup.example", "http://backup.example:80"] {
            #expect(hosts.admits(origin: origin, to: "backup.example"))
        }
        for origin in ["http://localhost", "http://10.0.0.1"] {
            #expect(!hosts.admits(origin: origin, to: "backup.example"))
        }
        #expect(!AllowedHosts(nil, ownName: "host", isBeyondLoopback: true).admits(origin: "http://", to: "host"))
    }

    /// Anybody may serve a page at an address.
    @Test(arguments: [
        ("http://10.0.0.1", "10.0.0.1:8092", true), ("http://203.0.113.5", "10.0.0.1:8092", false),
        ("http://203.0.113.5", "host", false), ("http://10.0.0.1", nil, false), ("https://host", "10.0.0.1", true),
        ("http://127.0.0.1:3000", "10.0.0.1:8092", false),
    ])
    func pagesAtAddresses(origin: String, host: String?, isAdmitted: Bool) {
        let hosts = AllowedHosts(nil, ownName: "host", isBeyondLoopback: true)
        #expect(hosts.admits(origin: origin, to: host) == isAdmitted)
    }

    /// An address can't be led elsewhere.
    @Test(arguments: [("10.0.0.1:8092", true), ("[2001:db8::1]:8092", true), ("evil.example", false), ("10.0.0", true)])
    func addressesBeyondLoopback(host: String, isAdmitted: Bool) {
        #expect(AllowedHosts(nil, ownName: "host", isBeyondLoopback: true).admits(host) == isAdmitted)
    }

    @Test(arguments: [("backup.example:443", true), ("10.0.0.1", true), ("host", false), ("localhost", false)])
    func whatIsConfiguredIsAll(host: String, isAdmitted: Bool) {
        let hosts = AllowedHosts(["Backup.example", "10.0.0.1"], ownName: "host", isBeyondLoopback: true)
        #expect(hosts.admits(host) == isAdmitted)
    }
}

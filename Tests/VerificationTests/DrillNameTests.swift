import Backups
import Testing
import Verification

/// What the indices of drills are called, and which are taken for such.
@Suite(.timeLimit(.minutes(10)))
struct DrillNameTests {
    private static let marker = MarkerName(
        .verify, "nightly", owner: "0123456789abcdef", expiry: nil, number: 1_800_000_000)

    @Test func itStandsForOneMarker() {
        let name = DrillName(of: Self.marker)
        #expect(name.description == "drill-\(name.digits)" && name.digits.utf8.count == 16)
        #expect(DrillName(ofIndex: "\(name)-alert_v4") == name)
        let other = MarkerName(.verify, "nightly", owner: "0123456789abcdef", expiry: nil, number: 1_800_000_001)
        #expect(DrillName(of: other) != name)
    }

    @Test(arguments: [
        "optimize-alert_v4", "drill-alert_v4", "drill-0123456789abcdef", "drill-0123456789abcde-a",
        "drill-0123456789ABCDEF-a",
        "drill-0123456789abcdefg-a", "xdrill-0123456789abcdef-a",
    ])
    func otherNamesAreNone(name: String) { #expect(DrillName(ofIndex: name) == nil) }
}

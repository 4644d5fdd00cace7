import Glibc
import TestSupport
import Testing

@testable import Commands

/// Which processes are known to be gone.
@Suite(.timeLimit(.minutes(10)))
struct ProcessIdentityTests {
    private let own = ProcessIdentity(host: "a")

    /// Our own, with one of its fields changed.
    private func changed(_ field: Int, to value: String) -> String {
        var fields = own.text.split(separator: " ").map(String.init)
        fields[field] = value
        return fields.joined(separator: " ")
    }

    @Test func whatRunsIsNotGone() { #expect(!own.knowsToBeGone(own.text)) }

    @Test func whatHasEndedIsGone() throws {
        let pid = try withTemporaryFolder { folder throws in
            let process = try ChildProcess(["true"], folder: folder)
            process.wait()
            return process.pid
        }
        #expect(own.knowsToBeGone(changed(4, to: "\(pid)")))
    }

    @Test func anotherProcessOfThatNumberIsNotIt() { #expect(own.knowsToBeGone(changed(5, to: "1"))) }

    @Test func whatRanBeforeTheLastStartIsGone() { #expect(own.knowsToBeGone(changed(3, to: "0123456789ab"))) }

    /// Another host, another machine of that name, another namespace, and what is no identity.
    @Test(arguments: [0, 1, 2]) func ofAnotherPlaceNobodyCanTell(field: Int) {
        #expect(!own.knowsToBeGone(changed(field, to: "other")))
    }

    @Test(arguments: ["", "a", "a b c", "a b c d e f g"]) func whatIsNoIdentityTellsNothing(text: String) {
        #expect(!own.knowsToBeGone(text))
    }
}

import Configuration
import Foundation
import Retention
import Testing
import Time

/// Policies and histories with what becomes of each backup, worked out by hand from the rules' text.
///
/// A file has the time, the policy, perhaps its zone, then a line for each backup: when, in which state, `keep` or `remove`, and all
/// reasons. Ids are the lines' numbers.
@Suite(.timeLimit(.minutes(10)))
struct GoldenTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()

    @Test func thereAreFiles() { #expect(Self.names.count >= 25) }

    @Test(arguments: names)
    func decidesAsWritten(name: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
        var (now, policy, zone) = (Instant(secondsSinceEpoch: 0), RetentionPolicy(), Zone.utc)
        var (candidates, expected) = ([Candidate](), [String]())
        for line in text.split(separator: "\n").map(String.init) {
            if line.hasPrefix("now: ") {
                now = try Instant(rfc3339: String(line.dropFirst(5)))
            } else if line.hasPrefix("policy: ") {
                policy = try RetentionPolicy.read(Array(line.utf8.dropFirst(8)), name: name)
            } else if line.hasPrefix("zone: ") {
                zone = try Zone.load(String(line.dropFirst(6)))
            } else {
                let words = line.split(separator: " ", maxSplits: 3).map(String.init)
                candidates.append(try candidate("\(candidates.count + 1)", words[0], words[1], zone))
                expected.append("\(candidates.count) \(words[2]) \(words[3])")
            }
        }
        // Backups by hand are judged in UTC, so that a zone takes a job.
        let rules = RetentionRules(jobs: ["job": .init(policy: policy, zone: zone)], byHand: policy)
        let found = rules.plan(candidates.reversed(), now: now).map { decision in
            let reasons = decision.reasons.map(\.description).filter { !$0.hasSuffix(" of job") }.map {
                $0.replacing("job: ", with: "")
            }
            return "\(decision.candidate.id) \(decision.keeps ? "keep" : "remove") \(reasons.joined(separator: "; "))"
        }
        #expect(found == expected)
    }

    private func candidate(_ id: String, _ time: String, _ state: String, _ zone: Zone) throws -> Candidate {
        let states: [String: Candidate.State] = ["COMPLETED": .completed, "HELD": .completed, "FOREIGN": .completed]
        return Candidate(
            id: id, time: try Instant(rfc3339: time),
            state: states[state] ?? (state == "IN_PROGRESS" ? .inProgress : .useless),
            jobs: zone.name == "UTC" ? [] : ["job"], isOurs: state != "FOREIGN", hold: state == "HELD" ? "audit" : nil)
    }
}

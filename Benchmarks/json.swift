// Times reading what an engine lists, of 400 and of 10,000 backups, and writing the API's list, beside Foundation's coders: milliseconds,
// best of five.
//
// Compiled with the room JSON as one module; Foundation reads and writes the same into structures of the same fields.

import FoundationEssentials

@main
enum JSONBenchmark {
    static func main() throws {
        print("backups  what                   ours     Foundation  ratio")
        for count in [400, 10_000] {
            let names = listing(count) { ["snapshot": .string($0), "uuid": .string($1), "state": "SUCCESS"] }
            try row(
                count, "names, read", { try readNames(names) },
                { try JSONDecoder().decode(Names.self, from: Data(names)).snapshots.count })
            let details = listing(count, details)
            try row(
                count, "details, read", { try readDetails(details) },
                { try JSONDecoder().decode(Details.self, from: Data(details)).snapshots.count })
            let snapshots: JSONValue = try JSONValue(reading: details).required("snapshots")
            let same = try JSONDecoder().decode(Details.self, from: Data(details)).snapshots
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try row(count, "details, written", { snapshots.bytes.count }, { try encoder.encode(same).count })
        }
    }

    private static func row(
        _ count: Int, _ what: String, _ ours: () throws -> Int, _ foundations: () throws -> Int
    ) throws {
        let (first, second) = (try best(ours), try best(foundations))
        func column(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(width - text.count, 0))
        }
        func number(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
        print(
            column("\(count)", 9) + column(what, 23) + column(number(first), 9) + column(number(second), 12)
                + number(second / first))
    }

    private static func best(_ work: () throws -> Int) throws -> Double {
        var best = Double.infinity
        for _ in 0..<5 {
            let begin = ContinuousClock.now
            guard try work() > 0 else { throw JSONError("nothing was read or written") }
            best = min(best, (ContinuousClock.now - begin) / .milliseconds(1))
        }
        return best
    }
}

private func readNames(_ bytes: [UInt8]) throws -> Int {
    var names: [Name] = []
    _ = try JSONValue(reading: bytes, eachIn: "snapshots") { json throws(JSONError) in
        names.append(
            Name(
                snapshot: try json.required("snapshot"), uuid: try json.required("uuid"),
                state: try json.required("state")))
    }
    return names.count
}

private func readDetails(_ bytes: [UInt8]) throws -> Int {
    var snapshots: [(String, String, String, [String], JSONValue?, Int64, Int64, [JSONValue])] = []
    _ = try JSONValue(reading: bytes, eachIn: "snapshots") { json throws(JSONError) in
        snapshots.append(
            (
                try json.required("snapshot"), try json.required("uuid"), try json.required("state"),
                try json.required("indices"), try json.optional("metadata"), try json.required("start_time_in_millis"),
                try json.required("end_time_in_millis"), try json.required("failures")
            ))
    }
    return snapshots.count
}

private struct Names: Codable { let snapshots: [Name] }

private struct Name: Codable {
    let snapshot: String
    let uuid: String
    let state: String
}

private struct Details: Codable { let snapshots: [Detail] }

private struct Detail: Codable {
    struct Metadata: Codable {
        let format: Int
        let createdBy: String
        let instance: String
        let cluster: String
        let prefix: String
        let jobs: [String]
        let dueTime: String
        let attempt: Int
        let schedule: String
    }

    let snapshot: String
    let uuid: String
    let state: String
    let indices: [String]
    let metadata: Metadata
    let start_time_in_millis: Int64
    let end_time_in_millis: Int64
    let failures: [String]
}

/// Both parts of each backup.
private func listing(_ count: Int, _ snapshot: (_ name: String, _ uuid: String) -> JSONValue) -> [UInt8] {
    let snapshots = (0..<count).flatMap { number in
        (1...2).map { part in
            snapshot(
                "camunda_optimize_\(20_260_000_000_000 + number)_8.6.0_part_\(part)_of_2",
                "\(1_000_000_000_000_000_000 + number)abc")
        }
    }
    return (["snapshots": .array(snapshots)] as JSONValue).bytes
}

private func details(_ name: String, _ uuid: String) -> JSONValue {
    [
        "snapshot": .string(name), "uuid": .string(uuid), "state": "SUCCESS",
        "indices": .array((0..<15).map { .string("optimize-process-instance-\($0)_v8") }),
        "metadata": [
            "format": 1, "createdBy": "optimize-backup/1.0.0", "instance": "host", "cluster": "abcdefghijklmnopqrstuv",
            "prefix": "optimize", "jobs": ["nightly"], "dueTime": "2026-11-25T02:00:00Z", "attempt": 1,
            "schedule": "0000",
        ],
        "start_time_in_millis": 1_800_000_000_000, "end_time_in_millis": 1_800_000_010_000, "failures": [],
    ]
}

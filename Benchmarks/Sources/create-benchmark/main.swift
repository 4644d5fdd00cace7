import CCurl
import Glibc

// Measures `optimize-backup create` against the same two snapshots ordered raw, in turns, both as processes of their own.
//
//   create-benchmark --program PATH --engine URL [--rounds N] [--size tiny|large]

func fail(_ words: String) -> Never {
    let line = Array("create-benchmark: \(words)\n".utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(1)
}

func option(_ name: String, default other: String) -> String {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: "--\(name)"), place + 1 < arguments.count else { return other }
    return arguments[place + 1]
}

let prefix = "benchmark"
let parts = [
    ["position-based-import-index_v3", "timestamp-based-import-index_v5"], ["metadata_v3", "process-instance-a_v8"],
].map { $0.map { "\(prefix)-\($0)" } }
let engine = option("engine", default: "http://127.0.0.1:9200")
let client = RawClient(base: engine)

if CommandLine.arguments.dropFirst().first == "raw" {
    client.takeBackup(option("id", default: "1"), repository: option("repository", default: ""), parts: parts)
    exit(0)
}

/// Runs a program to its end; its output is dropped.
func seconds(_ arguments: [String]) -> Double {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    let vector = arguments.map { strdup($0) } + [nil]
    defer { vector.forEach { free($0) } }
    func uptime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let start = uptime()
    var (pid, status) = (pid_t(), Int32(0))
    guard posix_spawnp(&pid, arguments[0], &actions, nil, vector, environ) == 0 else {
        fail("\(arguments[0]) does not start")
    }
    waitpid(pid, &status, 0)
    if status != 0 { fail("\(arguments.joined(separator: " ")) ended with \(status)") }
    return uptime() - start
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

let isLarge = option("size", default: "tiny") == "large"
let rounds = Int(option("rounds", default: isLarge ? "5" : "20")) ?? 5
setenv("OPTIMIZE_BACKUP_ENGINE_URLS", engine, 1)
setenv("OPTIMIZE_BACKUP_BACKUP_INDEX_PREFIX", prefix, 1)

for index in parts.flatMap({ $0 }) {
    let alias = index.prefix { $0 != "_" }
    client.send(
        "PUT", "/\(index)",
        "{\"aliases\":{\"\(alias)\":{}},\"settings\":{\"number_of_shards\":1,\"number_of_replicas\":0}}")
    client.send("PUT", "/\(index)/_doc/1?refresh=true", "{\"schemaVersion\":\"8.6.0\"}")
    guard isLarge, index.contains("instance") || index.contains("timestamp") else { continue }
    for _ in 0..<8 {
        let text = String(decoding: (0..<250_000).map { _ in UInt8.random(in: 0x61...0x7A) }, as: UTF8.self)
        client.send("POST", "/\(index)/_doc", "{\"text\":\"\(text)\"}")
    }
    client.send("POST", "/\(index)/_flush")
}

// Each measurement has a repository of its own, so that none finds files that an earlier one has copied.
var times: [String: [Double]] = ["create": [], "raw": []]
for round in 0..<rounds {
    for kind in round % 2 == 0 ? ["create", "raw"] : ["raw", "create"] {
        let repository = "benchmark-\(kind)-\(round)"
        let limit = isLarge ? ",\"max_snapshot_bytes_per_sec\":\"1mb\"" : ""
        client.send(
            "PUT", "/_snapshot/\(repository)", "{\"type\":\"fs\",\"settings\":{\"location\":\"\(repository)\"\(limit)}}"
        )
        setenv("OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME", repository, 1)
        let arguments =
            kind == "create"
            ? [option("program", default: "optimize-backup"), "create", "\(round)"]
            : [CommandLine.arguments[0], "raw", "--engine", engine, "--repository", repository, "--id", "\(round)"]
        times[kind, default: []].append(seconds(arguments))
        client.send("DELETE", "/_snapshot/\(repository)/camunda_optimize_*")
        client.send("DELETE", "/_snapshot/\(repository)")
    }
}
client.send("DELETE", "/" + parts.flatMap { $0 }.joined(separator: ","))

let (create, raw) = (median(times["create"] ?? []), median(times["raw"] ?? []))
func rounded(_ value: Double, _ digits: Double) -> String { "\((value * digits).rounded() / digits)" }
print(
    "\(isLarge ? "large" : "tiny ")  rounds \(rounds)  create \(rounded(create * 1000, 10)) ms  raw \(rounded(raw * 1000, 10)) ms  ratio \(rounded(create / raw, 1000))"
)

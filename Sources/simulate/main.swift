import CommandLine
import Glibc
import Simulation

/// Runs seeds of the simulation, or replays one: `simulate --seeds 2000`, `simulate --seed 7 --trace`.
private let program = ProgramDeclaration(
    name: "simulate", summary: "Runs the program in simulated worlds, each from a seed, and checks the rules.",
    options: [
        Option("seed", value: "SEED", help: "only this one"),
        Option("seeds", value: "N", help: "so many, from --from on (default 100)"),
        Option("from", value: "SEED", help: "the first one (default 0)"),
        Option("scenario", value: "NAME", help: "backups (default), daemon, fire, year, prune, restore or drill"),
        Option("all", help: "go on after a broken rule, and print only what was broken"),
        Option("trace", help: "print what happened"),
        Option("hashes", help: "print each seed's hash"),
        Option("help", short: "h", help: "print this"),
    ], commands: [])

private let scenarios: [String: @Sendable (World) async -> Void] = [
    "backups": { await backupScenario($0) }, "daemon": { await daemonScenario($0) }, "year": { await yearScenario($0) },
    "prune": { await pruneScenario($0) }, "fire": { await fireScenario($0) },
    "restore": { await restoreScenario($0) }, "drill": { await drillScenario($0) },
]

private func number(_ text: String?, default other: UInt64) throws(UsageError) -> UInt64 {
    guard let text else { return other }
    guard let number = UInt64(text) else { throw UsageError("'\(text)' is not a number") }
    return number
}

private func say(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}

private func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Runs what the arguments ask for; returns whether no rule was broken.
private func run(_ arguments: [String]) throws(UsageError) -> Bool {
    let invocation = try program.parse(arguments)
    if invocation.has("help") {
        say(program.help)
        return true
    }
    let single = try invocation["seed"].map { (text) throws(UsageError) in try number(text, default: 0) }
    let from = try number(invocation["from"], default: 0)
    let first = single ?? from
    let seeds = try number(invocation["seeds"], default: 100)
    let count = single == nil ? seeds : 1
    let name = invocation["scenario"] ?? "backups"
    guard let scenario = scenarios[name] else {
        throw UsageError("'\(name)' is no scenario; there are \(scenarios.keys.sorted().joined(separator: ", "))")
    }
    let (start, traced) = (seconds(), invocation.has("trace"))
    var (steps, brokenSeeds) = (0, 0)
    for seed in first..<first + count {
        let report = simulate(seed: seed, keepsTrace: traced, maximumSteps: 4_000_000, scenario)
        steps += report.steps
        if invocation.has("hashes") { say("\(seed) \(String(report.hash, radix: 16))") }
        if invocation.has("all"), !traced {
            for rule in report.broken { say("seed \(seed): \(rule)") }
            brokenSeeds += report.broken.isEmpty ? 0 : 1
            continue
        }
        guard report.broken.isEmpty, !traced else {
            for line in report.lines.suffix(traced ? .max : 100) { say(line) }
            say("seed \(seed): \(report.steps) steps, hash \(String(report.hash, radix: 16)), broken: \(report.broken)")
            if !report.broken.isEmpty {
                say(
                    "replay it with: swift run simulate --seed \(seed) --trace\(name == "backups" ? "" : " --scenario \(name)")"
                )
                return false
            }
            continue
        }
    }
    if brokenSeeds > 0 {
        say("\(brokenSeeds) of \(count) seeds broke rules")
        return false
    }
    let took = seconds() - start
    var usage = rusage()
    getrusage(0, &usage)  // RUSAGE_SELF
    say(
        "\(count) seeds, \(steps) steps, no rule broken, \(Int(Double(count) / max(took, 1e-9))) seeds a second, \(usage.ru_maxrss / 1_024) MiB at most"
    )
    return true
}

do {
    exit(try run(Array(CommandLine.arguments.dropFirst())) ? 0 : 1)
} catch {
    say("simulate: \(error)")
    exit(64)
}

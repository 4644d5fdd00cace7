import Glibc
import TestSupport
import Testing

/// The program with no more descriptors than it may have.
@Suite(.timeLimit(.minutes(10)))
struct DescriptorTests {
    /// Whatever is wanting, a command ends, and says why.
    @Test func aCommandEndsWithoutDescriptors() throws {
        try withTemporaryFolder { folder in
            try withRefusingEngine("no such thing", status: 404) { url in
                try withConfiguration(engine: url) { _, file in
                    func start(atMost limit: Int, requestTimeout: String) throws -> ChildProcess {
                        try BuiltProgram.start(
                            ["--config", file, "list"], ["OPTIMIZE_BACKUP_ENGINE_REQUEST_TIMEOUT": requestTimeout],
                            shell: "exec python3 '\(BuiltProgram.script("limited.py"))' \(limit) \"$@\"", in: folder)
                    }
                    let children = try (4...23).map { try start(atMost: $0, requestTimeout: "2s") }
                    for child in children {
                        let ending = child.wait()
                        #expect([1, 69, 78, 127].contains(ending.status) && !ending.errors.isEmpty, "\(ending)")
                    }
                    // So many are all that it needs, and a busy machine may take its time.
                    let ending = try start(atMost: 24, requestTimeout: "60s").wait()
                    #expect(ending.status == 1 && ending.errors.contains("no such thing"), "\(ending)")
                }
            }
        }
    }

    /// Connections that can't be taken wait, those that keep silent make room, and no core is busy meanwhile.
    @Test(arguments: [0, 1, 8])
    func aServerWaitsForDescriptors(left: Int) throws {
        try withTemporaryFolder { folder in
            let child = try BuiltProgram.start(
                ["demo", "--port", "0"], shell: "ulimit -n 64 && exec \"$@\"", in: folder)
            defer { child.stop() }
            try child.wait { $0.errors.contains("answers on port") }
            let port = child.errors.split(separator: "answers on port ").last?.prefix { $0.isNumber }.description ?? ""
            // A descriptor gets the lowest number that is free: below the limit there are to be so many.
            let used = Set(try run("ls", "/proc/\(child.pid)/fd").output.split(separator: "\n").compactMap { Int($0) })
            let limit = (0..<64).filter { !used.contains($0) }[left]
            let limiting = try run("prlimit", "--pid", "\(child.pid)", "--nofile=\(limit):64")
            #expect(limiting.status == 0, "\(limiting.errors)")
            let idle = try ChildProcess(
                ["python3", BuiltProgram.script("connect.py"), port, "20"], folder: folder)
            defer { idle.stop() }
            try idle.wait { $0.output.contains("connected") }
            let before = try processorTime(child)
            let probe = try run(
                "curl", "-sS", "-m", left == 0 ? "2" : "20", "http://127.0.0.1:\(port)/actuator/health/liveness")
            #expect(probe.output.contains("UP") == (left > 0), "\(probe)")
            #expect(try processorTime(child) - before < 100, "hundredths of a second")
            #expect(try run("prlimit", "--pid", "\(child.pid)", "--nofile=64:64").status == 0)
            let later = try run("curl", "-sS", "-m", "20", "http://127.0.0.1:\(port)/actuator/health/liveness")
            #expect(later.output.contains("UP"), "\(later)")
        }
    }

    /// What a process has used so far, in hundredths of a second.
    private func processorTime(_ process: ChildProcess) throws -> Int {
        let words = try run("cat", "/proc/\(process.pid)/stat").output.split(separator: " ")
        return (Int(words[13]) ?? 0) + (Int(words[14]) ?? 0)
    }
}

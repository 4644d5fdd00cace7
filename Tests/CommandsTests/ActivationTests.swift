import Glibc
import TestSupport
import Testing

/// Sockets that were handed over, beside a port that the configuration names.
@Suite(.timeLimit(.minutes(10)))
struct ActivationTests {
    @Test(arguments: ["tcp", "unix", "the same port", "none"])
    func whatIsServedIsSaid(kind: String) throws {
        try withTemporaryFolder { folder in
            let (file, place) = ("\(folder)/config.yaml", kind == "unix" ? "\(folder)/s" : "tcp")
            let port = freePort(andAt: [])
            try write(
                "engine: {urls: [\"http://127.0.0.1:1\"]}\nbackup: {repositoryName: backups}\nserver: {port: \(port)}\nlog: {format: text}\n",
                toFile: file)
            let activate = "exec python3 \(BuiltProgram.script("activate.py"))"
            let shell: String? =
                switch kind {
                case "none": nil
                case "the same port": "\(activate) \(port) \"$@\""
                default: "\(activate) \(place) \"$@\""
                }
            let process = try BuiltProgram.start(["--config", file, "serve"], shell: shell, in: folder)
            try process.wait { $0.errors.contains("answers on ") }
            process.signal(SIGTERM)
            let ending = process.wait()
            #expect(ending.status == 0)
            let other = "and not port \(port), which the configuration names"
            switch kind {
            case "tcp":
                let given = ending.errors.split(separator: "handed over: ").last?.prefix { $0.isNumber } ?? ""
                #expect(ending.errors.contains("served is port \(given), as handed over, \(other)"), "\(ending)")
            case "unix": #expect(ending.errors.contains("served is \(place), as handed over, \(other)"), "\(ending)")
            default: #expect(!ending.errors.contains("served is"), "\(ending)")
            }
        }
    }
}

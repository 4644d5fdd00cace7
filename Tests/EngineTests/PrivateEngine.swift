import Glibc
import TestSupport
import Testing

/// An engine that a test may stop, kill and start again.
struct PrivateEngine {
    private let process: ChildProcess

    /// The script that starts one, and which of the engines it is to be.
    static let launcher = ownEnvironment()["OPTIMIZE_BACKUP_TEST_LAUNCHER"]
    static let name = ownEnvironment()["OPTIMIZE_BACKUP_TEST_ENGINE_NAME"] ?? "elasticsearch-8"

    /// Starts it, with what the folder holds of an earlier start, and waits until it answers.
    static func start(
        port: Int, folder: String, name: String = name, arguments: [String] = []
    ) throws -> PrivateEngine {
        let process = try ChildProcess(
            [launcher ?? "", name, "--port", "\(port)", "--home", "\(folder)/engine"] + arguments, folder: folder)
        try process.wait { $0.output.contains("started") }
        return PrivateEngine(process: process)
    }

    /// Sends a signal to the engine and all that it started.
    func signalAll(_ number: Int32) { Glibc.kill(-process.pid, number) }

    /// An end as it should be.
    func stop() {
        signalAll(SIGTERM)
        process.wait()
    }

    /// A crash.
    func kill() {
        signalAll(SIGKILL)
        process.wait()
    }
}

extension Trait where Self == ConditionTrait {
    /// A test that takes long and shows the same on every engine: once is enough.
    static var besideElasticsearch7: Self {
        .enabled(if: PrivateEngine.name == "elasticsearch-7", "runs once, on elasticsearch-7")
    }

    /// A test that takes long and shows the same on every engine of a kind: one of Elasticsearch and one of OpenSearch are enough, unless
    /// `OPTIMIZE_BACKUP_TEST_EVERYWHERE=1` says otherwise.
    static var onOneOfEachKind: Self {
        .enabled(
            if: PrivateEngine.launcher != nil
                && (["elasticsearch-8", "opensearch-2"].contains(PrivateEngine.name)
                    || ownEnvironment()["OPTIMIZE_BACKUP_TEST_EVERYWHERE"] == "1"),
            "needs OPTIMIZE_BACKUP_TEST_LAUNCHER, and runs on elasticsearch-8 and opensearch-2")
    }

    /// A test with three nodes of its own: once is enough.
    static var besideElasticsearch8: Self {
        .enabled(
            if: PrivateEngine.launcher != nil && PrivateEngine.name == "elasticsearch-8",
            "needs OPTIMIZE_BACKUP_TEST_LAUNCHER, and runs once, beside the tests of elasticsearch-8")
    }

    /// A test that starts several engines of its own: once is enough.
    static var besideElasticsearch9: Self {
        .enabled(
            if: PrivateEngine.launcher != nil && PrivateEngine.name == "elasticsearch-9",
            "needs OPTIMIZE_BACKUP_TEST_LAUNCHER, and runs once, on elasticsearch-9")
    }

    /// A test of what stands before OpenSearch 3, which shows the same on every engine: once is enough.
    static var besideOpenSearch3: Self {
        .enabled(
            if: PrivateEngine.launcher != nil && PrivateEngine.name == "opensearch-3",
            "needs OPTIMIZE_BACKUP_TEST_LAUNCHER, and runs once, on opensearch-3")
    }

    /// A test that starts an OpenSearch of a kind of its own: once is enough.
    static var besideOpenSearch2: Self {
        .enabled(
            if: PrivateEngine.launcher != nil && PrivateEngine.name == "opensearch-2",
            "needs OPTIMIZE_BACKUP_TEST_LAUNCHER, and runs once, beside the tests of opensearch-2")
    }
}

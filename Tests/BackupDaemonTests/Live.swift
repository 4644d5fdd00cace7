import BackupDaemon
import ElasticsearchClient
import HTTP
import Simulation
import Synchronization
import Time

/// Runs a daemon while something happens, then stops it as a crash does.
func live(_ daemon: Daemon, _ instance: Instance, _ body: @escaping @Sendable () async -> Void) async {
    await withTaskGroup(of: Void.self) { group in
        group.addTask { await daemon.run() }
        await body()
        instance.cut()
        group.cancelAll()
    }
}

/// The way to the engine, on which it is written down of which snapshots sizes are asked for, and on which indices can be kept secret.
final class Wire: HTTPTransport {
    private let instance: Instance
    let asked = Mutex<[String]>([])
    /// Whether what asks for indices finds nobody.
    let hidesIndices = Mutex(false)

    init(_ instance: Instance) { self.instance = instance }

    func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        if request.target.contains("/_status") { asked.withLock { $0.append(request.target) } }
        if request.target.contains("/_alias"), hidesIndices.withLock({ $0 }) {
            throw HTTPTransportError(.refused, "nobody is there")
        }
        return try await instance.send(request, timeout: timeout, maximumBodySize: maximumBodySize)
    }
}

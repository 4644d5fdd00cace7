package import BackupDaemon
internal import Backups
package import HTTP
internal import JSON
package import PrometheusExposition
internal import Time
internal import Waiting

/// The actuator endpoints: a request to an operation of the daemon, and its outcome back to an answer; no rules of its own.
package struct ManagementAPI: Sendable {
    let daemon: Daemon
    /// The program's.
    let version: String
    private let allowedHosts: AllowedHosts
    /// What the process tells of itself, besides what the daemon tells of backups.
    let processMetrics: @Sendable () -> [MetricFamily]
    private let requests = RequestMetrics()
    let kept = StandingAnswers()

    package init(
        daemon: Daemon, version: String, allowedHosts: AllowedHosts,
        processMetrics: @escaping @Sendable () -> [MetricFamily] = { [] }
    ) {
        self.daemon = daemon
        self.version = version
        self.allowedHosts = allowedHosts
        self.processMetrics = processMetrics
    }

    /// The endpoints, with the methods that each takes.
    private enum Endpoint {
        case links, health(String?), information, metrics, scheduledTasks
        /// Optimize 3.9's.
        case oldBackups, oldBackup(String)
        /// Optimize 3.10's and later ones'.
        case backups, backup(String), cancel(String), hold(String), release(String)
        case job(String, JobAction)

        init?(_ path: [String]) {
            switch (path.first, path.count) {
            case ("metrics", 1): self = .metrics
            case ("actuator", 1): self = .links
            case ("actuator", _):
                switch (path[1], path.count) {
                case ("prometheus", 2): self = .metrics
                case ("info", 2): self = .information
                case ("scheduledtasks", 2): self = .scheduledTasks
                case ("health", 2): self = .health(nil)
                case ("health", 3) where ["liveness", "readiness"].contains(path[2]): self = .health(path[2])
                case ("backup", 2): self = .oldBackups
                case ("backup", 3): self = .oldBackup(path[2])
                case ("backups", 2): self = .backups
                case ("backups", 3): self = .backup(path[2])
                case ("backups", 4):
                    switch path[3] {
                    case "cancel": self = .cancel(path[2])
                    case "hold": self = .hold(path[2])
                    case "release": self = .release(path[2])
                    default: return nil
                    }
                case ("jobs", 4):
                    guard let action = JobAction(rawValue: path[3]) else { return nil }
                    self = .job(path[2], action)
                default: return nil
                }
            default: return nil
            }
        }

        /// As metrics name it, whatever is in the place of the id or the name.
        var route: String {
            switch self {
            case .links: "/actuator"
            case .health(let group): "/actuator/health\(group.map { "/\($0)" } ?? "")"
            case .information: "/actuator/info"
            case .metrics: "/metrics"
            case .scheduledTasks: "/actuator/scheduledtasks"
            case .oldBackups: "/actuator/backup"
            case .oldBackup: "/actuator/backup/{id}"
            case .backups: "/actuator/backups"
            case .backup: "/actuator/backups/{id}"
            case .cancel: "/actuator/backups/{id}/cancel"
            case .hold: "/actuator/backups/{id}/hold"
            case .release: "/actuator/backups/{id}/release"
            case .job(_, let action): "/actuator/jobs/{name}/\(action.rawValue)"
            }
        }

        var methods: [HTTPRequest.Method] {
            switch self {
            case .links, .health, .information, .metrics, .scheduledTasks: [.get, .head]
            case .oldBackups, .backups: [.get, .head, .post]
            case .oldBackup, .backup: [.get, .head, .delete]
            case .cancel, .hold, .release, .job: [.post]
            }
        }
    }

    /// Answers a request; whatever it holds, there is an answer.
    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        let start = daemon.clock.uptime()
        let target = RequestTarget(request.target)
        let endpoint = target.flatMap { Endpoint($0.path) }
        let response = await inTime(request) { await answer(request, target, endpoint) }
        requests.record(
            endpoint?.route ?? "none", request.method, status: response.status, duration: daemon.clock.uptime() - start)
        return response
    }

    /// The answer, or after 100 s, before clients and servers lose patience, why there is none.
    private func inTime(
        _ request: HTTPRequest, _ answer: @escaping @Sendable () async -> HTTPResponse
    ) async -> HTTPResponse {
        let (clock, limit) = (daemon.clock, Duration.seconds(100))
        guard let response = await clock.value(within: limit, of: answer) else {
            let reason = daemon.standing.lookFailure.map { "; the repository could not be looked at: \($0.message)" }
            let isRead = [.get, .head].contains(request.method)
            return error(
                504, .engineConnection,
                "the engine did not answer within \(limit.inSeconds)\(isRead ? "" : ", and may still do what was asked")"
                    + (reason ?? ""))
        }
        return response
    }

    private func answer(_ request: HTTPRequest, _ target: RequestTarget?, _ endpoint: Endpoint?) async -> HTTPResponse {
        guard allowedHosts.admits(request.fields["Host"]) else {
            let host = request.fields["Host"] ?? ""
            return error(
                403, .forbidden, "the daemon doesn't answer to the name \(host) (setting: server.allowedHosts)")
        }
        // A browser tells on whose behalf it asks; pages of others must not order or delete backups.
        if let origin = request.fields["Origin"], origin != "http://\(request.fields["Host"] ?? "")" {
            return error(403, .forbidden, "requests from pages of \(origin) are refused")
        }
        guard let target else { return error(400, .badRequest, "the path or the query can't be read") }
        guard let endpoint else {
            let path = target.path.joined(separator: "/")
            return error(404, .notFound, "there is nothing at /\(path); GET /actuator lists what there is")
        }
        guard endpoint.methods.contains(request.method) else {
            let allowed = endpoint.methods.map(\.rawValue).joined(separator: ", ")
            var response = error(
                405, .methodNotAllowed, "\(request.method.rawValue) is not for this; allowed are \(allowed)")
            response.fields["Allow"] = allowed
            return response
        }
        switch (endpoint, request.method) {
        case (.links, _): return links()
        case (.health(let group), _): return await health(group)
        case (.information, _): return information()
        case (.scheduledTasks, _): return seen(await scheduledTasks())
        case (.metrics, _): return seen(await metrics(accept: request.fields["Accept"]))
        case (.oldBackups, .post): return await order(request, isOld: true)
        case (.oldBackups, _): return await list(target.query, isOld: true)
        case (.backups, .get), (.backups, .head): return await list(target.query, isOld: false)
        case (.backups, _): return await order(request, isOld: false)
        case (.oldBackup(let id), .delete), (.backup(let id), .delete): return await delete(id)
        case (.oldBackup(let id), _): return await show(id, isOld: true)
        case (.backup(let id), _): return await show(id, isOld: false)
        case (.cancel(let id), _): return await cancel(id)
        case (.hold(let id), _): return await hold(id, request)
        case (.release(let id), _): return await release(id)
        case (.job(let name, let action), _): return await act(on: name, action, request)
        }
    }

    /// An answer made from the last look, with how old that is, in seconds.
    func seen(_ response: HTTPResponse) -> HTTPResponse {
        guard let uptime = daemon.standing.seen?.uptime else { return response }
        var response = response
        response.fields["Age"] = "\(max(Int((daemon.clock.uptime() - uptime) / .seconds(1)), 0))"
        return response
    }

    private func metrics(accept: String?) async -> HTTPResponse {
        await daemon.lookIfStale()
        let format = ExpositionFormat(accept: accept)
        var answer = kept.answer(.metrics(format), of: daemon.standing) { standing in
            HTTPResponse(
                status: 200, fields: ["Content-Type": format.contentType],
                body: Array(format.lines(of: StandingMetrics(standing).families).utf8))
        }
        answer.body += Array((format.lines(of: [requests.family] + processMetrics()) + format.ending).utf8)
        return answer
    }
}

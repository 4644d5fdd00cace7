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
    private let pages = StatusPages()

    package init(
        daemon: Daemon, version: String, allowedHosts: AllowedHosts,
        processMetrics: @escaping @Sendable () -> [MetricFamily] = { [] }
    ) {
        self.daemon = daemon
        self.version = version
        self.allowedHosts = allowedHosts
        self.processMetrics = processMetrics
    }

    /// What a scrape shows, but for what the process tells of itself.
    package static var metrics: [MetricDeclaration] {
        StandingMetrics.declarations + RequestMetrics.rows.map(\.declaration)
    }

    /// Answers a request; whatever it holds, there is an answer.
    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        let start = daemon.clock.uptime()
        let target = RequestTarget(request.target)
        let found = target.flatMap { Endpoint.find($0.path) }
        let response = await inTime(request) { await answer(request, target, found) }
        requests.record(
            found?.endpoint.route ?? "none", request.method, status: response.status,
            duration: daemon.clock.uptime() - start)
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

    private func answer(
        _ request: HTTPRequest, _ target: RequestTarget?, _ found: (endpoint: Endpoint, subject: String)?
    ) async -> HTTPResponse {
        guard allowedHosts.admits(request.fields["Host"]) else {
            let host = request.fields["Host"] ?? ""
            return error(
                403, .forbidden, "the daemon doesn't answer to the name \(host) (setting: server.allowedHosts)")
        }
        // A browser tells on whose behalf it asks; pages of others must not order or delete backups.
        if let origin = request.fields["Origin"], !allowedHosts.admits(origin: origin, to: request.fields["Host"]) {
            return error(
                403, .forbidden, "requests from pages of \(origin) are refused (setting: server.allowedHosts)")
        }
        guard let target else { return error(400, .badRequest, "the path or the query can't be read") }
        guard let (endpoint, subject) = found else {
            let path = target.path.joined(separator: "/")
            return error(404, .notFound, "there is nothing at /\(path); GET /actuator lists what there is")
        }
        guard let answer = endpoint.answer(to: request.method) else {
            let allowed = endpoint.methods.map(\.rawValue).joined(separator: ", ")
            var response = error(
                405, .methodNotAllowed, "\(request.method.rawValue) is not for this; allowed are \(allowed)")
            response.fields["Allow"] = allowed
            return response
        }
        return await answer(self, .init(request: request, query: target.query, subject: subject))
    }

    /// An answer made from the last look, with how old that is, in seconds.
    func seen(_ response: HTTPResponse) -> HTTPResponse {
        guard let uptime = daemon.standing.seen?.uptime else { return response }
        var response = response
        response.fields["Age"] = "\(max(Int((daemon.clock.uptime() - uptime) / .seconds(1)), 0))"
        return response
    }

    func metrics(_ request: HTTPRequest) async -> HTTPResponse {
        await daemon.lookIfStale()
        let format = ExpositionFormat(accept: request.fields["Accept"])
        var answer = kept.answer(.metrics(format), of: daemon.standing) { standing in
            HTTPResponse(
                status: 200, fields: ["Content-Type": format.contentType, "Vary": "Accept"],
                body: Array(format.lines(of: StandingMetrics(standing).families).utf8))
        }
        answer.body += Array((format.lines(of: requests.families + processMetrics()) + format.ending).utf8)
        return seen(answer)
    }

    /// The status page, of what is known: it asks nobody.
    func page() -> HTTPResponse { seen(pages.answer(of: daemon.standing, at: daemon.clock.now(), version: version)) }
}

package import HTTP

/// What the API answers to: one row for each path, with its methods and who answers.
package struct Endpoint: Sendable {
    /// A request on its way to who answers it.
    struct Call: Sendable {
        let request: HTTPRequest
        let query: [String: String]
        /// What stood in the place of `{…}`; empty where the path has none.
        let subject: String
    }

    typealias Answer = @Sendable (ManagementAPI, Call) async -> HTTPResponse

    /// Such as `/actuator/backups/{id}/hold`, where `{…}` stands for any one segment.
    package let path: String
    /// What `GET /actuator` calls it; nil for what that does not list.
    package let link: String?
    /// What metrics call it.
    package let route: String
    private let segments: [String]
    private let answers: [(method: HTTPRequest.Method, answer: Answer)]

    private init(
        _ path: String, link: String? = nil, route: String? = nil,
        _ answers: KeyValuePairs<HTTPRequest.Method, Answer>
    ) {
        (self.path, self.link, self.route) = (path, link, route ?? path)
        segments = path.split(separator: "/").map(String.init)
        self.answers = answers.map { ($0.key, $0.value) }
    }

    /// HEAD wherever GET is.
    package var methods: [HTTPRequest.Method] { answers.flatMap { $0.method == .get ? [.get, .head] : [$0.method] } }

    /// Who answers a method; nil if the endpoint does not take it.
    func answer(to method: HTTPRequest.Method) -> Answer? {
        answers.first { $0.method == (method == .head ? .get : method) }?.answer
    }

    /// The endpoint of a path, with what stands in the place of `{…}`.
    static func find(_ path: [String]) -> (endpoint: Endpoint, subject: String)? {
        for endpoint in all where endpoint.segments.count == path.count && !endpoint.answers.isEmpty {
            let pairs = zip(endpoint.segments, path)
            guard pairs.allSatisfy({ $0 == $1 || $0.hasPrefix("{") }) else { continue }
            return (endpoint, pairs.first { $0.0.hasPrefix("{") }?.1 ?? "")
        }
        return nil
    }

    package static let all: [Endpoint] = [
        Endpoint("/actuator", link: "self", [.get: { api, _ in api.links() }]),
        // Optimize 3.9's.
        Endpoint(
            "/actuator/backup", link: "backup",
            [
                .get: { await $0.list($1.query, isOld: true) }, .post: { await $0.order($1.request, isOld: true) },
            ]),
        Endpoint(
            "/actuator/backup/{id}", link: "backup-id",
            [.get: { await $0.show($1.subject, isOld: true) }, .delete: { await $0.delete($1.subject) }]),
        // Optimize 3.10's and later ones'.
        Endpoint(
            "/actuator/backups", link: "backups",
            [
                .get: { await $0.list($1.query, isOld: false) }, .post: { await $0.order($1.request, isOld: false) },
            ]),
        Endpoint(
            "/actuator/backups/{id}", link: "backups-id",
            [.get: { await $0.show($1.subject, isOld: false) }, .delete: { await $0.delete($1.subject) }]),
        Endpoint(
            "/actuator/backups/{id}/cancel", link: "backups-id-cancel", [.post: { await $0.cancel($1.subject) }]),
        Endpoint(
            "/actuator/backups/{id}/hold", link: "backups-id-hold", [.post: { await $0.hold($1.subject, $1.request) }]),
        Endpoint(
            "/actuator/backups/{id}/release", link: "backups-id-release", [.post: { await $0.release($1.subject) }]),
        Endpoint("/actuator/jobs/{name}/run", link: "jobs-name-run", [.post: { await $0.run($1.subject) }]),
        Endpoint(
            "/actuator/jobs/{name}/pause", link: "jobs-name-pause", [.post: { await $0.pause($1.subject, $1.request) }]),
        Endpoint("/actuator/jobs/{name}/resume", link: "jobs-name-resume", [.post: { await $0.resume($1.subject) }]),
        // Spring's own.
        Endpoint("/actuator/health", link: "health", [.get: { api, _ in await api.health() }]),
        Endpoint("/actuator/health/{*path}", link: "health-path", [:]),
        Endpoint("/actuator/health/liveness", [.get: { api, _ in await api.liveness() }]),
        Endpoint("/actuator/health/readiness", [.get: { api, _ in await api.health() }]),
        Endpoint("/actuator/info", link: "info", [.get: { api, _ in api.information() }]),
        Endpoint(
            "/actuator/scheduledtasks", link: "scheduledtasks", [.get: { api, _ in await api.scheduledTasks() }]),
        Endpoint(
            "/actuator/prometheus", link: "prometheus", route: "/metrics", [.get: { await $0.metrics($1.request) }]),
        Endpoint("/metrics", [.get: { await $0.metrics($1.request) }]),
    ]
}

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

    /// What an endpoint does for one method.
    package struct Operation: Sendable {
        package let method: HTTPRequest.Method
        /// What is asked for, and what the answer is.
        package let documentation: String
        let answer: Answer

        static func get(_ documentation: String, _ answer: @escaping Answer) -> Operation {
            Operation(method: .get, documentation: documentation, answer: answer)
        }

        static func post(_ documentation: String, _ answer: @escaping Answer) -> Operation {
            Operation(method: .post, documentation: documentation, answer: answer)
        }

        static func delete(_ documentation: String, _ answer: @escaping Answer) -> Operation {
            Operation(method: .delete, documentation: documentation, answer: answer)
        }
    }

    /// Such as `/actuator/backups/{id}/hold`, where `{…}` stands for any one segment.
    package let path: String
    /// What `GET /actuator` calls it; nil for what that does not list.
    package let link: String?
    /// What metrics call it.
    package let route: String
    package let operations: [Operation]
    private let segments: [String]

    private init(_ path: String, link: String? = nil, route: String? = nil, _ operations: Operation...) {
        (self.path, self.link, self.route) = (path, link, route ?? path)
        segments = path.split(separator: "/").map(String.init)
        self.operations = operations
    }

    /// HEAD wherever GET is.
    package var methods: [HTTPRequest.Method] {
        operations.flatMap { $0.method == .get ? [.get, .head] : [$0.method] }
    }

    /// Who answers a method; nil if the endpoint does not take it.
    func answer(to method: HTTPRequest.Method) -> Answer? {
        operations.first { $0.method == (method == .head ? .get : method) }?.answer
    }

    /// The endpoint of a path, with what stands in the place of `{…}`.
    static func find(_ path: [String]) -> (endpoint: Endpoint, subject: String)? {
        for endpoint in all where endpoint.segments.count == path.count && !endpoint.operations.isEmpty {
            let pairs = zip(endpoint.segments, path)
            guard pairs.allSatisfy({ $0 == $1 || $0.hasPrefix("{") }) else { continue }
            return (endpoint, pairs.first { $0.0.hasPrefix("{") }?.1 ?? "")
        }
        return nil
    }

    package static let all: [Endpoint] = [
        Endpoint("/actuator", link: "self", .get("The links of all of these, as Spring's.") { api, _ in api.links() }),
        // Optimize 3.9's.
        Endpoint(
            "/actuator/backup", link: "backup",
            .get("A list of all backups, with whatever ids; it takes the same queries as the other.") {
                await $0.list($1.query, isOld: true)
            },
            .post(
                #"`{"backupId":"ID"}`: 200 with the names of both snapshots, once the engine has accepted the first; 400, 409, 500."#
            ) { await $0.order($1.request, isOld: true) }),
        Endpoint(
            "/actuator/backup/{id}", link: "backup-id",
            .get(#"200 `{"State":"COMPLETED","state":"COMPLETED"}`; 404."#) { await $0.show($1.subject, isOld: true) },
            .delete("As that of `/actuator/backups/{id}`.") { await $0.delete($1.subject) }),
        // Optimize 3.10's and later ones'.
        Endpoint(
            "/actuator/backups", link: "backups",
            .get(
                "The backups whose ids are numbers, newest first, with Optimize's keys and more. It takes `?state=`, `?job=`, `?pattern=` "
                    + "(of the id, with `*`) and `?verbose=false`."
            ) { await $0.list($1.query, isOld: false) },
            .post(
                #"`{"backupId":123}`: 202, once the engine has accepted part 1, beside whatever others have in progress; 400; 409 where "#
                    + "the id exists, and while an operation of this program has the repository: then it is not ordered at all."
            ) { await $0.order($1.request, isOld: false) }),
        Endpoint(
            "/actuator/backups/{id}", link: "backups-id",
            .get("One backup; 404.") { await $0.show($1.subject, isOld: false) },
            .delete(
                "204 once the engine has done it, or after two seconds: then the journal tells the outcome; 404; 409 where it is held, or "
                    + "a snapshot of the repository is in progress."
            ) { await $0.delete($1.subject) }),
        Endpoint(
            "/actuator/backups/{id}/cancel", link: "backups-id-cancel",
            .post("Stops a backup in progress, and deletes its snapshots: 204; 404; 409.") {
                await $0.cancel($1.subject)
            }),
        Endpoint(
            "/actuator/backups/{id}/hold", link: "backups-id-hold",
            .post(
                #"`{"reason":"audit","until":"2027-01-31T00:00:00Z"}`, both optional: 204; 202 while the hold's marker is pending behind other snapshots: "#
                    + "it counts, and the journal tells when it stands. A held backup is neither pruned nor deleted."
            ) { await $0.hold($1.subject, $1.request) }),
        Endpoint(
            "/actuator/backups/{id}/release", link: "backups-id-release",
            .post("Lets a held backup go: 204.") { await $0.release($1.subject) }),
        Endpoint(
            "/actuator/backups/{id}/verify", link: "backups-id-verify",
            .post(
                #"`{"drill":true}`, or nothing: looks whether the backup can be relied on, or brings it back for that: 202, and the journal, "#
                    + "the metrics and the backup itself tell what it came to; 400; 404; 409 while it is in progress, or another is being verified."
            ) { await $0.verify($1.subject, $1.request) }),
        Endpoint(
            "/actuator/jobs/{name}/run", link: "jobs-name-run",
            .post("Takes a backup of that job: 202 once the engine has accepted part 1; 404; 409.") {
                await $0.run($1.subject)
            }),
        Endpoint(
            "/actuator/jobs/{name}/pause", link: "jobs-name-pause",
            .post(
                #"The same body, or nothing: the job takes no backups, on any host, until then or until it is resumed: 204, or 202 as for a "#
                    + "hold; 400; 404."
            ) {
                await $0.pause($1.subject, $1.request)
            }),
        Endpoint(
            "/actuator/jobs/{name}/resume", link: "jobs-name-resume",
            .post("Ends that: 204; 404.") { await $0.resume($1.subject) }),
        // Spring's own.
        Endpoint(
            "/actuator/health", link: "health",
            .get("200, or 503 when the engine or the repository is down or a job is overdue; in Spring's shape.") {
                api, _ in
                await api.health()
            }),
        Endpoint("/actuator/health/{*path}", link: "health-path"),
        Endpoint(
            "/actuator/health/liveness", .get("200 as long as the daemon answers.") { api, _ in await api.liveness() }),
        Endpoint("/actuator/health/readiness", .get("As `/actuator/health`.") { api, _ in await api.health() }),
        Endpoint("/actuator/info", link: "info", .get("The version.") { api, _ in api.information() }),
        Endpoint(
            "/actuator/scheduledtasks", link: "scheduledtasks",
            .get("Each job's schedule, its last and its next backup; in Spring's shape.") { api, _ in
                await api.scheduledTasks()
            }),
        Endpoint(
            "/actuator/prometheus", link: "prometheus", route: "/metrics",
            .get("As `/metrics`.") { await $0.metrics($1.request) }),
        Endpoint(
            "/",
            .get(
                "The [status page](status-page.md), in HTML: how all stands, for a person with a browser. It asks the engine nothing."
            ) { api, _ in api.page() }),
        Endpoint("/metrics", .get("See [Metrics](metrics.md).") { await $0.metrics($1.request) }),
    ]
}

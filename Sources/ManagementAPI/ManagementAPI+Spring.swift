internal import BackupDaemon
internal import Backups
internal import HTTP
internal import JSON
internal import Time

// What Spring's own actuator tells of every service, in its shapes.
extension ManagementAPI {
    func links() -> HTTPResponse {
        let links = Endpoint.all.compactMap { endpoint in
            endpoint.link.map {
                ($0, ["href": .string(endpoint.path), "templated": .boolean(endpoint.path.contains("{"))] as JSONValue)
            }
        }
        return HTTPResponse(
            status: 200, fields: ["Content-Type": "application/vnd.spring-boot.actuator.v3+json"],
            body: JSONValue.object(["_links": .object(Dictionary(links) { $1 })]).bytes)
    }

    /// Whether the process answers.
    func liveness() async -> HTTPResponse {
        await daemon.lookIfStale()
        return json(200, ["status": "UP"])
    }

    func health() async -> HTTPResponse {
        await daemon.lookIfStale()
        return seen(kept.answer(.health, of: daemon.standing) { json(Health($0, at: daemon.clock.now())) })
    }

    private func json(_ health: Health) -> HTTPResponse {
        let components = health.components.map { component in
            var members: [String: JSONValue] = ["status": .string(component.status.rawValue)]
            let details = [
                ("reason", component.reason), ("since", component.since?.rfc3339), ("remedy", component.remedy),
            ].compactMap { key, text in text.map { (key, JSONValue.string($0)) } }
            if !details.isEmpty { members["details"] = .object(Dictionary(details) { $1 }) }
            return (component.name, JSONValue.object(members))
        }
        return json(
            health.status == .down ? 503 : 200,
            ["status": .string(health.status.rawValue), "components": .object(Dictionary(components) { $1 })])
    }

    func information() -> HTTPResponse {
        json(200, ["build": ["name": "optimize-backup", "version": .string(version)]])
    }

    func scheduledTasks() async -> HTTPResponse {
        await daemon.lookIfStale()
        let answer = kept.answer(.scheduledTasks, of: daemon.standing) { standing in
            let jobs = [ScheduledJob](standing)
            return json(
                200,
                [
                    "cron": .array(jobs.filter { $0.interval == nil }.map(task)),
                    "fixedRate": .array(jobs.filter { $0.interval != nil }.map(task)), "fixedDelay": [], "custom": [],
                ])
        }
        return seen(answer)
    }

    private func task(_ job: ScheduledJob) -> JSONValue {
        var members: [String: JSONValue] = ["runnable": ["target": .string(job.name)]]
        if let interval = job.interval {
            members["initialDelay"] = 0
            members["interval"] = .integer(interval.microseconds / 1_000)
        } else {
            members["expression"] = .string(job.expression)
        }
        if let next = job.next { members["nextExecution"] = ["time": .string(next.rfc3339)] }
        if let failure = job.failure {
            members["lastExecution"] = [
                "status": "ERROR", "time": .string(failure.time.rfc3339),
                "exception": ["message": .string(failure.message), "type": "BackupError"],
            ]
        } else if let last = job.last, let time = last.time {
            members["lastExecution"] = ["status": .string(status(of: last.state)), "time": .string(time.rfc3339)]
        }
        return .object(members)
    }

    private func status(of state: BackupState) -> String {
        switch state {
        case .completed: "SUCCESS"
        case .inProgress: "STARTED"
        case .failed, .incompatible, .incomplete: "ERROR"
        }
    }
}

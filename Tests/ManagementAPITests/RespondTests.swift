import BackupDaemon
import Backups
import HTTP
import JSON
import ManagementAPI
import PrometheusExposition
import SimulatedEngine
import Simulation
import Synchronization
import TestSupport
import Testing
import Time

/// Requests and their answers, on a simulated engine.
@Suite(.timeLimit(.minutes(10)))
struct RespondTests {
    private static let own: HTTPFields = ["Host": "127.0.0.1:8092", "Origin": "http://127.0.0.1:8092"]
    private static let foreign: HTTPFields = ["Host": "127.0.0.1:8092", "Origin": "https://evil.example"]

    private static let cases: [(HTTPRequest, Int)] = [
        (HTTPRequest(.get, "/actuator/backups", fields: own), 200),
        (HTTPRequest(.get, "/actuator/backups", fields: foreign), 403),
        (HTTPRequest(.post, "/actuator/jobs/job/pause", fields: foreign), 403),
        (
            HTTPRequest(
                .post, "/actuator/jobs/job/pause", fields: ["Host": "127.0.0.1:8092", "Origin": "https://host"]), 204
        ),
        (HTTPRequest(.get, "/actuator", fields: ["Host": "localhost", "Origin": "null"]), 403),
        (HTTPRequest(.get, "/actuator"), 200),
        (HTTPRequest(.get, "/actuator/info"), 200),
        (HTTPRequest(.get, "/actuator/scheduledtasks"), 200),
        (HTTPRequest(.get, "/metrics", fields: ["Host": "evil.example:8092"]), 403),
        (
            HTTPRequest(
                .post, "/actuator/jobs/job/pause", fields: ["Host": "evil.example", "Origin": "http://evil.example"]),
            403
        ),
        (HTTPRequest(.get, "/actuator/nope"), 404),
        (HTTPRequest(.get, "/actuator/jobs/job"), 404),
        (HTTPRequest(.get, "/actuator/jobs/job/run"), 405),
        (HTTPRequest(.post, "/actuator/jobs/job/explode"), 404),
        (HTTPRequest(.post, "/actuator/jobs/nope/pause"), 404),
        (HTTPRequest(.post, "/actuator/jobs/nope/resume"), 404),
        (HTTPRequest(.post, "/actuator/jobs/job/resume"), 204),
        (HTTPRequest(.post, "/actuator/jobs/job/pause"), 204),
        (HTTPRequest(.post, "/actuator/jobs/job/run"), 202),
        (HTTPRequest(.post, "/actuator/backups/1/hold"), 404),
        (HTTPRequest(.post, "/actuator/backups/1/release"), 404),
        (HTTPRequest(.post, "/actuator/backups/1/hold", body: Array("[]".utf8)), 400),
        (HTTPRequest(.post, "/actuator/backups/1/hold", body: Array(#"{"until":"soon"}"#.utf8)), 400),
        (HTTPRequest(.post, "/actuator/backups/A%20B/hold"), 400),
        (HTTPRequest(.get, "/actuator/backups/%00"), 400),
        (HTTPRequest(.get, "/actuator/backups?state=completed&job=job&pattern=20*&verbose=false&x=y"), 200),
        (HTTPRequest(.get, "/actuator/backups?state=odd"), 400),
        (HTTPRequest(.get, "/actuator/backup?verbose=1"), 400),
        (HTTPRequest(.get, "/actuator/backups?job=%zz"), 400),
    ]

    @Test(arguments: cases)
    func answers(request: HTTPRequest, status: Int) {
        let report = simulate(seed: 1) { world in
            await withAPI(world) { api, _ in
                let response = await api.respond(to: request)
                if response.status != status {
                    world.fail("\(response.status) \(String(decoding: response.body, as: UTF8.self))")
                }
                if response.status >= 400, JSONValue(response.body)?["errorCode"]?.string == nil {
                    world.fail("no code")
                }
            }
        }
        #expect(report.broken.isEmpty, "\(report.broken)")
    }

    /// What the configuration has caused is said with the setting, by whichever endpoint.
    @Test func aWrongSettingIsNamed() {
        withABackup { world, api, _ in
            world.engine.withState { $0.repositories["backups"] = nil }
            let id = Array(#"{"backupId":7}"#.utf8)
            for request in [
                HTTPRequest(.get, "/actuator/backups"), HTTPRequest(.get, "/actuator/backup"),
                HTTPRequest(.post, "/actuator/backups", body: id), HTTPRequest(.post, "/actuator/jobs/job/run"),
                HTTPRequest(.post, "/actuator/jobs/job/pause"), HTTPRequest(.delete, "/actuator/backups/1"),
            ] {
                let response = await api.respond(to: request)
                let body = JSONValue(response.body)
                let message = body?["errorMessage"]?.string ?? ""
                if response.status != 500 || body?["errorCode"] != "serverError"
                    || !message.contains("the repository is not registered")
                    || !message.contains("(setting: backup.repositoryName)")
                {
                    world.fail("\(request.method) \(request.target): \(response.status) \(message)")
                }
            }
        }
    }

    /// A job that was run by hand has a backup of its own, which its retention judges.
    @Test func aJobIsRunNow() {
        let report = simulate(seed: 1) { world in
            await withAPI(world) { api, instance in
                _ = await api.respond(to: HTTPRequest(.post, "/actuator/jobs/job/run"))
                // Twice in one second means once.
                let again = await api.respond(to: HTTPRequest(.post, "/actuator/jobs/job/run"))
                if ![202, 409].contains(again.status) { world.fail("again: \(again.status)") }
                try? await instance.sleep(for: .seconds(60))
                let list = JSONValue(await api.respond(to: HTTPRequest(.get, "/actuator/backups")).body)?.array ?? []
                let isGood = list.allSatisfy { $0["state"] == "COMPLETED" && $0["jobs"] == ["job"] }
                if list.isEmpty || !isGood { world.fail("\(list)") }
            }
        }
        #expect(report.broken.isEmpty, "\(report.broken)")
    }

    @Test func listsAreFiltered() {
        withABackup { world, api, _ in
            for (query, count) in [
                ("job=job&state=completed", 1), ("job=other", 0), ("state=FAILED", 0), ("pattern=1*", 0),
                ("pattern=2*", 1), ("verbose=true", 1),
            ] {
                let response = await api.respond(to: HTTPRequest(.get, "/actuator/backups?\(query)"))
                if JSONValue(response.body)?.array?.count != count { world.fail("?\(query): \(response)") }
            }
            let brief = await api.respond(to: HTTPRequest(.get, "/actuator/backup?verbose=false"))
            if JSONValue(brief.body)?.array?.first?["details"] != [] { world.fail("\(brief)") }
        }
    }

    @Test func backupsHaveTheShapeThatIsWrittenDown() {
        withABackup { world, api, _ in
            let list = JSONValue(await api.respond(to: HTTPRequest(.get, "/actuator/backups")).body) ?? .null
            let problems = Shape("List").problems(of: list)
            if !problems.isEmpty || list.array?.count != 1 { world.fail("\(problems): \(list)") }
        }
    }

    @Test(arguments: ["Host", "Origin"])
    func namesThatOthersGiveAreShownAndNotObeyed(field: String) {
        withABackup { world, api, _ in
            var request = HTTPRequest(.get, "/metrics", fields: ["Host": "127.0.0.1:8092"])
            request.fields[field] = "http://evil\u{202E}\u{9B}\u{200B}.example"
            let body = String(decoding: await api.respond(to: request).body, as: UTF8.self)
            if !body.contains(#"evil\\u{202E}\\u{9B}\\u{200B}.example"#) { world.fail(body) }
        }
    }

    @Test func tasksAreToldAsSpringTellsThem() {
        withABackup { world, api, _ in
            let tasks = JSONValue(await api.respond(to: HTTPRequest(.get, "/actuator/scheduledtasks")).body)
            let task = tasks?["fixedRate"]?.array?.first
            if task?["lastExecution"]?["status"] != "SUCCESS" || task?["nextExecution"]?["time"]?.string == nil
                || task?["interval"] != .integer(60 * 86_400_000) || tasks?["cron"] != []
            {
                world.fail("\(String(describing: tasks))")
            }
        }
    }

    @Test func requestsAreCounted() {
        withABackup { world, api, _ in
            let metrics = await api.respond(to: HTTPRequest(.get, "/metrics"))
            let series = #"duration_seconds_count{route="/actuator/jobs/{name}/run",method="POST",status="202"} 1"#
            if !String(decoding: metrics.body, as: UTF8.self).contains(series) { world.fail("\(metrics)") }
        }
    }

    /// What a scrape shows is declared, with the labels that it has.
    @Test func whatAScrapeShowsIsDeclared() {
        withABackup { world, api, _ in
            let metrics = await api.respond(to: HTTPRequest(.get, "/metrics", fields: ["Accept": "text/plain"]))
            let lines = String(decoding: metrics.body, as: UTF8.self).split(separator: "\n")
            let declared = ManagementAPI.metrics.map {
                "# TYPE \($0.seriesName) \($0.kind == .info ? "gauge" : $0.kind.rawValue)"
            }
            let shown = lines.filter { $0.hasPrefix("# TYPE ") }.map(String.init)
            if shown.count < 30 || !Set(shown).isSubset(of: declared) { world.fail("\(shown)") }
        }
    }

    /// A delete that takes its time goes on by itself; what becomes of it is in the log.
    @Test(arguments: [false, true])
    func aSlowDeleteIsNotWaitedFor(fails: Bool) {
        let messages = Mutex([MessageID]())
        withABackup(log: { entry in messages.withLock { $0.append(entry.id) } }) { world, api, instance in
            for text in ["1", "2"] {
                let body = Array("{\"backupId\":\(text)}".utf8)
                _ = await api.respond(to: HTTPRequest(.post, "/actuator/backups", body: body))
                try? await instance.sleep(for: .seconds(5))
            }
            let start = instance.uptime()
            let response = await api.respond(to: HTTPRequest(.delete, "/actuator/backups/1"))
            let elapsed = instance.uptime() - start
            if response.status != 204 || elapsed < .seconds(2) || elapsed > .seconds(4) {
                world.fail("\(response) after \(elapsed)")
            }
            world.engine.withState { $0.repositories["backups"]?.storage = fails ? .full : .working }
            try? await instance.sleep(for: .seconds(20))
            let status = await api.respond(to: HTTPRequest(.get, "/actuator/backups/1")).status
            if status != (fails ? 200 : 404) { world.fail("then \(status)") }
        }
        #expect(messages.withLock { $0.contains(fails ? .deleteFailed : .backupDeleted) })
        #expect(messages.withLock { !$0.contains(fails ? .backupDeleted : .deleteFailed) })
    }
}

extension RespondTests {
    /// An order whose turn does not come soon is refused, by the name of what is in its way, and never begins.
    @Test func aRefusedOrderNeverBegins() {
        withABackup(deletesTake: .seconds(40)) { world, api, instance in
            func order(_ id: Int) async -> HTTPResponse {
                await api.respond(to: HTTPRequest(.post, "/actuator/backups", body: Array("{\"backupId\":\(id)}".utf8)))
            }
            for id in 1...2 {
                _ = await order(id)
                try? await instance.sleep(for: .seconds(5))
            }
            _ = await api.respond(to: HTTPRequest(.delete, "/actuator/backups/1"))
            let start = instance.uptime()
            let response = await order(3)
            let words = String(decoding: response.body, as: UTF8.self)
            if response.status != 409 || !words.contains("deleting the backup 1") {
                world.fail("\(response.status): \(words)")
            }
            if instance.uptime() - start > .seconds(12) { world.fail("it was kept waiting") }
            try? await instance.sleep(for: .seconds(600))
            let later = await api.respond(to: HTTPRequest(.get, "/actuator/backups/3")).status
            if later != 404 { world.fail("it began later: \(later)") }
        }
    }

    /// Who runs a job while a backup is in progress is refused, and the job has not failed.
    @Test func aRefusedRunIsNoFailureOfTheJob() {
        let failures = Mutex(0)
        withABackup(log: { entry in if entry.id == .backupFailed { failures.withLock { $0 += 1 } } }) {
            world, api, instance in
            world.engine.withState { $0.nextSnapshot.duration = .seconds(60) }
            // Another process of this program has a backup in progress.
            let others: JSONValue = [
                "indices": ["optimize-alert_v4"],
                "metadata": [
                    "format": 1, "createdBy": "optimize-backup/1.0.0", "instance": "other",
                    "cluster": "simulated-cluster-uuid", "prefix": "optimize",
                ],
            ]
            let order = HTTPRequest(
                .put, "/_snapshot/backups/camunda_optimize_9_8.6.0_part_1_of_2", body: others.bytes)
            _ = world.engine.respond(to: order, at: world.trueTime)
            let body = Array(#"{"backupId":1}"#.utf8)
            let refused = await api.respond(to: HTTPRequest(.post, "/actuator/jobs/job/run")).status
            if refused != 409 { world.fail("\(refused)") }
            let again = await api.respond(to: HTTPRequest(.post, "/actuator/backups", body: body)).status
            if again != 409 { world.fail("\(again)") }
            try? await instance.sleep(for: .seconds(300))
            let text = String(
                decoding: await api.respond(to: HTTPRequest(.get, "/metrics")).body, as: UTF8.self)
            if !text.contains(#"runs_total{backup_job="job",outcome="failed"} 0"#)
                || !text.contains(#"consecutive_failures{backup_job="job"} 0"#)
            {
                world.fail(text)
            }
        }
        #expect(failures.withLock { $0 } == 0)
    }

    /// Many who ask at once share what is read; an answer says how old it is.
    @Test func manyShareOneLook() {
        let reads = Shared(Reads())
        withABackup(reads: reads) { world, api, instance in
            let list = HTTPRequest(.get, "/actuator/backups")
            reads.change { $0.count = 0 }
            _ = await api.respond(to: list)
            let ofOne = reads.change { $0.count }
            reads.change { $0.duration = .seconds(1) }
            let answers = await withTaskGroup(of: HTTPResponse.self) { group in
                for _ in 0..<240 { group.addTask { await api.respond(to: list) } }
                return await group.reduce(into: [HTTPResponse]()) { $0.append($1) }
            }
            let ofMany = reads.change { $0.count } - ofOne
            if answers.contains(where: { $0.status != 200 || $0.body != answers[0].body }) { world.fail("they differ") }
            if ofMany > 2 * ofOne { world.fail("\(ofMany) reads for 240, \(ofOne) for one") }
            reads.change { $0.duration = .zero }
            try? await instance.sleep(for: .seconds(17))
            for target in ["/metrics", "/actuator/health", "/actuator/scheduledtasks"] {
                let age = await api.respond(to: HTTPRequest(.get, target)).fields["Age"].flatMap { Int($0) } ?? -1
                if !(17...25).contains(age) { world.fail("\(target): \(age)") }
            }
            let age = await api.respond(to: list).fields["Age"]
            if age != "0" { world.fail("a list of now is said to be \(age ?? "of no age")") }
        }
    }

    /// Whatever the engine does, who waits hears of it before clients lose patience: its words, or that it is silent.
    @Test(arguments: [
        (Duration.seconds(25), true, 502, "master_not_discovered_exception", 60),
        (.seconds(3_600), false, 504, "nobody answers", 60),
        (.seconds(29), false, 504, "did not answer within 100", 100),
    ])
    func whoWaitsHearsOfIt(duration: Duration, lackMaster: Bool, status: Int, words: String, limit: Int) {
        let reads = Shared(Reads())
        withABackup(reads: reads) { world, api, instance in
            reads.change { ($0.duration, $0.lackMaster) = (duration, lackMaster) }
            let list = HTTPRequest(.get, "/actuator/backups")
            // Another's look, which this one has to wait for.
            async let other = api.respond(to: list)
            try? await instance.sleep(for: .seconds(1))
            let start = instance.uptime()
            let answer = await api.respond(to: list)
            let (text, seconds) = (
                String(decoding: answer.body, as: UTF8.self), (instance.uptime() - start) / .seconds(1)
            )
            if answer.status != status || !text.contains(words) || Int(seconds) > limit {
                world.fail("\(answer.status) after \(seconds) s: \(text)")
            }
            _ = await other
        }
    }

    /// A master that hangs with a delete in its hands holds nobody for longer than it takes to see what became of it.
    @Test(arguments: [true, false])
    func aDeleteThatIsNeverAnsweredIsLookedAfter(isCarriedOut: Bool) {
        withABackup(deletesTake: .seconds(3_000), areCarriedOut: isCarriedOut) { world, api, instance in
            for id in 1...2 {
                let body = Array("{\"backupId\":\(id)}".utf8)
                _ = await api.respond(to: HTTPRequest(.post, "/actuator/backups", body: body))
                try? await instance.sleep(for: .seconds(5))
            }
            _ = await api.respond(to: HTTPRequest(.delete, "/actuator/backups/1"))
            try? await instance.sleep(for: .seconds(30))
            let status = await api.respond(to: HTTPRequest(.get, "/actuator/backups/1")).status
            if status != (isCarriedOut ? 404 : 200) { world.fail("\(status)") }
            guard isCarriedOut else { return }
            let order = HTTPRequest(.post, "/actuator/backups", body: Array(#"{"backupId":3}"#.utf8))
            let next = await api.respond(to: order).status
            if next != 202 { world.fail("the queue is held: \(next)") }
        }
    }
}

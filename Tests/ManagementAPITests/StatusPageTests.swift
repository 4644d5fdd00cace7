import BackupDaemon
import Backups
import Configuration
import HTTP
import JSON
import Scheduling
import Simulation
import TestSupport
import Testing
import Time

@testable import AmazonSigning
@testable import ManagementAPI

/// The page at `/`, on a simulated engine.
@Suite(.timeLimit(.minutes(10)))
struct StatusPageTests {
    private static func digest(_ text: String) -> String { base64(sha256(Array(text.utf8))) }

    /// The policy lets nothing in but what stands in the page; the message says what the digest is.
    @Test func thePolicyKnowsStyleAndScript() {
        #expect(Self.digest(StatusPage.style) == StatusPage.styleDigest)
        #expect(Self.digest(StatusPage.script) == StatusPage.scriptDigest)
        // Neither ends before it should, nor holds what a browser changes before it takes the digest.
        for text in [StatusPage.style, StatusPage.script] {
            #expect(!text.contains("</") && !text.contains("<!--") && !text.contains("\r"))
        }
    }

    @Test func thePageIsWhole() {
        withABackup { world, api, _ in
            let answer = await api.respond(to: HTTPRequest(.get, "/", fields: ["Host": "localhost"]))
            let page = String(decoding: answer.body, as: UTF8.self)
            let policy = answer.fields["Content-Security-Policy"] ?? ""
            for (part, digest) in [("style", StatusPage.styleDigest), ("script", StatusPage.scriptDigest)] {
                let inside = between("<\(part)>", "</\(part)>", in: page)
                if inside.count != 1 || Self.digest(inside.first ?? "") != digest
                    || !policy.contains("\(part)-src 'sha256-\(digest)'")
                {
                    world.fail("\(part): \(inside), \(policy)")
                }
            }
            let isSafe = ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]
                .allSatisfy(policy.contains)
            if answer.status != 200 || !isSafe || policy.contains("unsafe")
                || answer.fields["Content-Type"] != "text/html; charset=utf-8"
                || answer.fields["X-Content-Type-Options"] != "nosniff"
                || answer.fields["Referrer-Policy"] != "no-referrer" || answer.fields["Cache-Control"] != "no-store"
            {
                world.fail("\(answer.status) \(answer.fields)")
            }
            // No attribute of style, and no address but our own.
            for refused in [" style=", " onclick=", "http:", "https:", "//"] where page.contains(refused) {
                world.fail("\(refused) in the page")
            }
            for wanted in [
                "<h1><span aria-hidden=\"true\">✓</span> Restorable to <time datetime=\"2027-01-", "<h2>Jobs</h2>",
                "<h3>job <span class=\"state good\">good</span></h3>", "<h2>The last 60 days</h2>",
                "<h2>Durations and sizes</h2>", "<h2>Running now</h2>", "<h2>What retention removes next</h2>",
                "<h2>Problems</h2>",
            ] where !page.contains(wanted) {
                world.fail("\(wanted) is missing: \(page)")
            }
        }
    }

    /// It shows, and changes nothing; it is no other's business.
    @Test func onlyWhoMaySeesIt() {
        withABackup { world, api, _ in
            for (request, status) in [
                (HTTPRequest(.head, "/"), 200), (HTTPRequest(.get, "/?x=y"), 200), (HTTPRequest(.post, "/"), 405),
                (HTTPRequest(.delete, "/"), 405), (HTTPRequest(.get, "/", fields: ["Host": "evil.example"]), 403),
                (HTTPRequest(.get, "/index.html"), 404),
            ] {
                let answer = await api.respond(to: request)
                if answer.status != status { world.fail("\(request.method) \(request.target): \(answer.status)") }
                if status == 405, answer.fields["Allow"] != "GET, HEAD" { world.fail("\(answer.fields)") }
            }
        }
    }

    /// Optimize's own users get what its API answers, whatever a browser would like best.
    @Test func aBrowserGetsJSONFromTheAPI() {
        withABackup { world, api, _ in
            let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
            for target in ["/actuator/backups", "/actuator/backup", "/actuator/health"] {
                let answer = await api.respond(to: HTTPRequest(.get, target, fields: ["Accept": accept]))
                if answer.fields["Content-Type"] != "application/json" || JSONValue(answer.body) == nil {
                    world.fail("\(target): \(answer.fields)")
                }
            }
        }
    }

    /// It tells what is known, whatever the engine does meanwhile.
    @Test func nobodyIsAsked() {
        let reads = Shared(Reads())
        withABackup(reads: reads) { world, api, instance in
            try? await instance.sleep(for: .seconds(600))
            reads.change { $0.count = 0 }
            for _ in 0..<10 { _ = await api.respond(to: HTTPRequest(.get, "/")) }
            try? await instance.sleep(for: .seconds(10))
            let count = reads.change { $0.count }
            if count != 0 { world.fail("\(count) reads") }
        }
    }

    /// What others wrote is text.
    @Test func whatOthersWroteIsText() {
        let reason = "</p><script>alert('x')</script><img src=x onerror=\"y\">&amp;\u{202E}\u{1B}[31m\u{0}"
        withABackup { world, api, instance in
            let body: JSONValue = ["reason": .string(reason)]
            for target in ["jobs/job/pause", "backups/\(await newest(api))/hold"] {
                let answer = await api.respond(to: HTTPRequest(.post, "/actuator/\(target)", body: body.bytes))
                if answer.status != 204 { world.fail("\(target): \(answer.status)") }
            }
            _ = await api.respond(to: HTTPRequest(.get, "/actuator/backups"))
            let page = String(decoding: await api.respond(to: HTTPRequest(.get, "/")).body, as: UTF8.self)
            let shown =
                #"&lt;/p&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&lt;img src=x onerror=&quot;y&quot;&gt;&amp;amp;\u{202E}\u{1B}[31m\u{0}"#
            if page.components(of: shown) != 2 { world.fail("shown \(page.components(of: shown)) times: \(page)") }
            if page.components(of: "<script>") != 1 || page.contains("<img") { world.fail(page) }
            if page.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E }) {
                world.fail("it is obeyed")
            }
            if !page.contains("<code>optimize-backup resume job</code>")
                || !page.contains("<code>optimize-backup release ")
            {
                world.fail("it does not say what to do: \(page)")
            }
        }
    }

    /// A year and more of backups makes no large page.
    @Test func itStaysSmall() {
        let report = simulate(seed: 1) { world in
            await withAPI(world) { api, _ in
                let today = world.trueTime - .seconds(3_600)
                let times = (0..<400).reversed().map { today - .seconds($0 * 86_400) }
                addBackups(
                    world, at: times,
                    failed: Set(times.suffix(60).enumerated().filter { $0.offset % 7 == 3 }.map(\.element)))
                _ = await api.respond(to: HTTPRequest(.get, "/actuator/backups"))
                let page = String(decoding: await api.respond(to: HTTPRequest(.get, "/")).body, as: UTF8.self)
                if !page.contains("The repository, with 400 backups, was last seen") { world.fail(page) }
                if page.utf8.count > 20_000 { world.fail("\(page.utf8.count) bytes") }
                if page.components(of: "<i>failed</i>") != 9 {
                    world.fail("\(page.components(of: "<i>failed</i>")) failed")
                }
            }
        }
        #expect(report.broken.isEmpty, "\(report.broken)")
    }

    /// Of many jobs less is shown of each, and not more is told than is shown.
    @Test func manyJobsStaySmall() throws {
        let jobs = try (0..<50).map { JobSettings(name: "job-\($0)", schedule: try Schedule("@every 60d")) }
        let report = simulate(seed: 1) { world in
            await withAPI(world, jobs: jobs) { api, _ in
                let today = world.trueTime - .seconds(3_600)
                addBackups(
                    world, at: (0..<100).reversed().map { today - .seconds($0 * 86_400) }, of: jobs.map(\.name))
                _ = await api.respond(to: HTTPRequest(.get, "/actuator/backups"))
                let page = String(decoding: await api.respond(to: HTTPRequest(.get, "/")).body, as: UTF8.self)
                if page.utf8.count > 80_000 { world.fail("\(page.utf8.count) bytes") }
                let plot = page.split(separator: "Durations of the last 20 good backups of job-7\"").dropFirst().first
                let bars = plot?.split(separator: "\"/>").first?.split(separator: "v-").dropFirst().count
                if bars != 20 { world.fail("\(bars ?? 0) bars: \(page)") }
                if !page.contains("of job-0, job-1, job-2, job-3, job-4, job-5 and 44 more <time") {
                    world.fail(page)
                }
            }
        }
        #expect(report.broken.isEmpty, "\(report.broken)")
    }

    /// Made once for every change, but for what time alone changes.
    @Test func itIsKeptUntilSomethingChanges() {
        withABackup { world, api, instance in
            func page() async -> [UInt8] { await api.respond(to: HTTPRequest(.get, "/")).body }
            let first = await page()
            if await page() != first { world.fail("it differs though nothing has changed") }
            try? await instance.sleep(for: .seconds(3 * 86_400))
            if await page() == first { world.fail("three days later it is as it was") }
        }
    }
}

/// The number of the only backup.
private func newest(_ api: ManagementAPI) async -> String {
    let list = JSONValue(await api.respond(to: HTTPRequest(.get, "/actuator/backups")).body)?.array
    return list?.first?["backupId"]?.integer.map { "\($0)" } ?? ""
}

/// What stands between two marks, each time.
private func between(_ start: String, _ end: String, in text: String) -> [String] {
    text.split(separator: start, omittingEmptySubsequences: false).dropFirst().map { rest in
        String(rest.split(separator: end, maxSplits: 1, omittingEmptySubsequences: false).first ?? "")
    }
}

extension String {
    /// How often a part stands in it.
    fileprivate func components(of part: String) -> Int {
        split(separator: part, omittingEmptySubsequences: false).count - 1
    }
}

/// Three bytes are four characters.
private func base64(_ bytes: [UInt8]) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let bits = (0..<3).reduce(0) { $0 << 8 | Int(start + $1 < bytes.count ? bytes[start + $1] : 0) }
        for place in 0...3 {
            text.append(place <= group.count ? letters[bits >> (18 - 6 * place) & 63] : "=")
        }
    }
    return text
}

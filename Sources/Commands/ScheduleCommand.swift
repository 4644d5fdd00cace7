internal import Backups
internal import CommandLine
internal import Configuration
internal import JSON
internal import Scheduling
internal import Text
internal import Time

/// `schedule`: the next fire times of the configured jobs, or of an expression.
struct ScheduleCommand {
    private static let standardCount = 10

    static let declaration = CommandDeclaration(
        "schedule", summary: "Show the next fire times, and what changes of the clock do to them.",
        details: "Says in words what each schedule means, too.",
        options: [
            Option("job", value: "JOB", help: "only of that job"),
            Option("cron", value: "EXPR", help: "of this expression instead; needs no configuration"),
            Option("time-zone", value: "ZONE", help: "of the expression (default UTC)"),
            Option("after", value: "TIME", help: "from then on, in RFC 3339 (default now)"),
            Option("count", value: "N", help: "how many (default \(standardCount))"),
        ])

    let output: Output

    private struct Job: JSONWritable {
        let name: String
        let schedule: String
        let timeZone: String
        let explanation: String

        var json: JSONValue {
            [
                "name": name.json, "schedule": schedule.json, "timeZone": timeZone.json,
                "explanation": explanation.json,
            ]
        }
    }

    private struct Run: JSONWritable {
        let jobs: [String]
        let time: String
        let utc: String
        let backupId: BackupID
        let note: String?

        var json: JSONValue {
            [
                "jobs": jobs.json, "time": time.json, "utc": utc.json, "backupId": backupId.json, "note": note.json,
            ]
        }
    }

    /// - Parameter jobs: as configured; an expression on the command line takes their place.
    func run(_ invocation: Invocation, jobs: [JobSettings], now: Instant) throws -> ExitStatus {
        if let name = invocation["job"], !jobs.contains(where: { $0.name == name }) {
            throw UsageError("there is no job '\(name)' in the configuration")
        }
        let jobs = jobs.filter { job in invocation["job"].map { $0 == job.name } ?? true }
        let after = try instant(invocation["after"]) ?? now
        let count = try number(invocation["count"])
        var runs: [(time: Instant, offset: Int, job: String, note: String?)] = []
        for job in jobs {
            var from = after
            for _ in 0..<count {
                guard let fire = job.nextFireTime(after: from) else { break }
                let note = job.isPaused ? "\(job.name) is paused by the configuration: no backup" : fire.note
                runs.append((fire.time, job.zone.offset(at: fire.time), job.name, note))
                from = fire.time
            }
        }
        runs.sort { ($0.time, $0.job) < ($1.time, $1.job) }
        var shown: [Run] = []
        for run in runs {
            let (time, utc) = (run.time.rfc3339(offset: run.offset), run.time.rfc3339)
            let names = run.job.isEmpty ? [] : [run.job]
            if let last = shown.last, last.utc == utc {
                shown[shown.count - 1] = Run(
                    jobs: last.jobs + names, time: last.time, utc: utc, backupId: last.backupId,
                    note: last.note ?? run.note)
            } else if shown.count < count {
                shown.append(
                    Run(jobs: names, time: time, utc: utc, backupId: BackupID(fireTime: run.time), note: run.note))
            } else {
                break
            }
        }
        let rows = shown.map { [$0.time, $0.utc, $0.jobs.joined(separator: ","), $0.note ?? ""] }
        let described = jobs.map {
            Job(
                name: $0.name, schedule: $0.schedule.description, timeZone: $0.zone.name,
                explanation: $0.schedule.explanation(in: $0.zone))
        }
        let heading = described.map {
            "\($0.name.isEmpty ? $0.schedule : $0.name): \($0.explanation)".onOneLine + "\n"
        }.joined()
        return output.result(
            ["jobs": described.json, "runs": shown.json] as JSONValue,
            text: heading + Table([["TIME", "UTC", "JOBS", "NOTE"]] + rows).text(output.terminal))
    }

    /// Shows an expression's fire times, without a configuration; nil if none is given.
    static func preview(_ invocation: Invocation, output: Output, now: Instant) throws -> ExitStatus? {
        guard let job = try expression(invocation) else { return nil }
        return try ScheduleCommand(output: output).run(invocation, jobs: [job], now: now)
    }

    /// The expression of the command line as a job without a name; nil if there is none.
    private static func expression(_ invocation: Invocation) throws(UsageError) -> JobSettings? {
        guard let text = invocation["cron"] else { return nil }
        let job: JobSettings
        do {
            job = JobSettings(
                name: "", schedule: try Schedule(text), zone: try Zone.load(invocation["time-zone"] ?? "UTC"))
        } catch {
            throw UsageError("\(error)")
        }
        guard job.nextFireTime(after: Instant(secondsSinceEpoch: 1_800_000_000)) != nil else {
            throw UsageError(
                "'\(text)' never comes in \(job.zone.name): changes of the clock leave out every such time")
        }
        return job
    }

    private func instant(_ text: String?) throws(UsageError) -> Instant? {
        guard let text else { return nil }
        do {
            return try Instant(rfc3339: text)
        } catch {
            throw UsageError("\(error)")
        }
    }

    private func number(_ text: String?) throws(UsageError) -> Int {
        guard let text else { return Self.standardCount }
        guard let number = Int(text), (1...100_000).contains(number) else {
            throw UsageError("--count takes a number from 1 to 100000")
        }
        return number
    }
}

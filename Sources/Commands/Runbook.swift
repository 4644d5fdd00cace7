internal import Backups
internal import ElasticsearchClient
internal import Engines
internal import JSON
internal import Text
internal import Time

/// The restore of one backup as curl commands, for a day on which this program is not there: a script for a shell, and for a person who
/// pastes it line by line.
struct Runbook: JSONWritable {
    private let backup: Backup
    private let repository: String
    private let prefix: String
    private let engine: EngineDescription
    private let url: String

    /// - Parameters:
    ///   - backup: COMPLETED.
    ///   - prefix: of Optimize's indices.
    ///   - url: of the engine, as the configuration has it.
    init(_ backup: Backup, in repository: BackupRepository, _ engine: EngineDescription, url: String) {
        self.backup = backup
        self.repository = repository.settings.repositoryName
        prefix = repository.settings.indexPrefix
        self.engine = engine
        self.url = url
    }

    var json: JSONValue { ["backupId": backup.id.json, "runbook": text.json] }

    /// One step of it: what it is for, what to send, and what the answer means.
    private struct Step {
        let title: String
        var commands: [String] = []
        var meaning: [String] = []
    }

    var text: String {
        let numbered = steps.enumerated().map { number, step in
            ([""] + ["# \(number + 1). \(step.title)"] + step.commands + step.meaning.map { "#    \($0)" })
        }
        return (head + numbered.flatMap { $0 }).map { $0.onOneLine + "\n" }.joined()
    }

    private var head: [String] {
        var lines = [
            "# Restores the backup \(backup.id) of Optimize \(backup.version)"
                + (backup.startTime.map { ", begun at \($0.toTheSecond)" } ?? "") + ".",
            "# Made for \(engine.distribution.name) \(engine.version), cluster \(engine.clusterName) (\(engine.clusterUUID)).",
            "# Go on only where an answer is as is said below it.",
        ]
        if let reason = backup.restorability?.reason { lines.append("# This engine refuses it: \(reason).") }
        return lines + [
            "", "ENGINE=\(NextSteps.quoted(url))",
            "# With a user: CURL='curl -sS --fail-with-body -u NAME:PASSWORD'; with a certificate authority of its own: --cacert FILE.",
            "# At Amazon: CURL='curl -sS --fail-with-body --aws-sigv4 aws:amz:REGION:es -u KEY:SECRET'.",
            "CURL='curl -sS --fail-with-body'", "JSON='Content-Type: application/json'",
            "# Shows an answer, and ends the script unless it says that. Pasted line by line, leave 'set -eu' out, and look yourself.",
            "set -eu",
            #"expect() { answer=$(cat); printf '%s\n' "$answer"; printf '%s\n' "$answer" | grep -q "$1"; }"#,
        ]
    }

    private var steps: [Step] {
        let parts = backup.countingParts.sorted { $0.name.part < $1.name.part }
        let indices = parts.flatMap(\.indices).sorted()
        let names = parts.map { pathComponent($0.name.description) }.joined(separator: ",")
        let kept = "before-restore-\(pathComponent(backup.id.description))"
        let successes = Array(repeating: #""state":"SUCCESS""#, count: parts.count).joined(separator: ".*")
        return [
            Step(
                title:
                    "Stop every Optimize that uses these indices, and every optimize-backup daemon, and leave them stopped until the end."
            ),
            Step(
                title: "Both parts are there and can be read.",
                commands: [
                    request(
                        "GET", "_snapshot/\(repositoryPath)/\(names)?filter_path=snapshots.snapshot,snapshots.state")
                        + " | expect '\(successes)'"
                ],
                meaning: [
                    "\"SUCCESS\" \(parts.count == 2 ? "twice" : "for each"): go on. 404: a part is missing, or its file in the repository is. 500: the storage refuses."
                ]),
            Step(
                title: "No snapshot and no restore is under way.",
                commands: [
                    request("GET", "_snapshot/\(repositoryPath)/_status?filter_path=snapshots.snapshot")
                        + " | expect '^{}$'",
                    request(
                        "GET",
                        "\(pathComponent("\(prefix)-*", pattern: true))/_recovery?expand_wildcards=all&active_only=true&filter_path=*.shards.type"
                    ) + " | expect '^{}$'",
                ],
                meaning: ["{}: go on. A name: wait until it has ended."]),
            Step(
                title: "What stands now is kept, as far as it is in the way.",
                commands: [
                    "KEPT=\(kept)-$(date -u +%Y%m%d%H%M%S)",
                    request(
                        "PUT", "_snapshot/\(repositoryPath)/$KEPT?wait_for_completion=true",
                        ["indices": indices.json, "ignore_unavailable": true, "include_global_state": false])
                        + #" | expect '"state":"SUCCESS"'"#,
                ],
                meaning: [
                    "\"state\":\"SUCCESS\": go on. To leave it out is to have no way back."
                ]),
            Step(
                title: "Those indices are deleted, each by its name.",
                commands: indices.map { request("DELETE", pathComponent($0)) + " || true" },
                meaning: [
                    "\"acknowledged\":true: it is gone. 404: it was not there. Any other index of \(prefix)-* stays, and is not restored."
                ]),
        ]
            + parts.map { part in
                Step(
                    title: "Part \(part.name.part) of \(part.name.partCount) comes back.",
                    commands: [
                        request(
                            "POST",
                            "_snapshot/\(repositoryPath)/\(pathComponent(part.name.description))/_restore?wait_for_completion=true",
                            ["indices": part.indices.sorted().json, "include_global_state": false])
                            + #" | expect '"failed":0'"#
                    ],
                    meaning: [
                        "\"failed\":0 among the shards: go on. More: a file of the part is missing or damaged; take another backup.",
                        "500 and \"open index\": something has made an index again: is Optimize stopped? Back to the step before.",
                        "If the connection broke, do not send it again before _cat/indices shows no index that is yellow or red.",
                    ])
            } + [
                Step(
                    title: "All of it is there.",
                    commands: [
                        request(
                            "GET",
                            "_cat/indices/\(pathComponent("\(prefix)-*", pattern: true))?v&h=health,status,index,docs.count&s=index"
                        ),
                        request(
                            "GET", "_cat/aliases/\(pathComponent("\(prefix)-*", pattern: true))?v&h=alias,index&s=alias"
                        ),
                    ],
                    meaning: [
                        "\(indices.count.of("index", "indices")), none of them red. Yellow: replicas have no second node to be on.",
                        "Each has its alias: Optimize finds everything by them.",
                    ]),
                Step(
                    title: "Start Optimize \(backup.version), of that very version.",
                    meaning: [
                        "Index templates and lifecycle policies are in no backup: Optimize makes its own when it starts. If the cluster's Zeebe, Operate or",
                        "Tasklist use this engine, a backup of Optimize alone is no common point in time with them.",
                    ]),
            ]
    }

    private var repositoryPath: String { pathComponent(repository) }

    /// A line for the shell.
    private func request(_ method: String, _ path: String, _ body: JSONValue? = nil) -> String {
        let data =
            body.map {
                " -H \"$JSON\" -d '\(String(decoding: $0.bytes, as: UTF8.self).replacing("'", with: #"'\''"#))'"
            } ?? ""
        return "$CURL -X \(method) \"$ENGINE/\(path)\"\(data)"
    }
}

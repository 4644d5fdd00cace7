import JSON
import TestSupport
import Testing

/// What `check` says of an engine, before it looks at the repository.
@Suite(.timeLimit(.minutes(10)))
struct CheckTests {
    @Test(arguments: [
        ("10.0.1", nil, true), ("9.5.3", nil, false), ("4.0.0", "opensearch", true), ("3.6.0", "opensearch", false),
    ])
    func anUnknownMajorIsWarnedOf(number: String, distribution: String?, isUnknown: Bool) throws {
        let version: JSONValue = [
            "number": .string(number), "distribution": distribution.map(JSONValue.string) ?? .null,
        ]
        let answer: JSONValue = ["cluster_name": "c", "cluster_uuid": "u", "version": version]
        let ending = try withEngine(answering: answer) { url in
            let variables = [
                "OPTIMIZE_BACKUP_ENGINE_URLS": url, "OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME": "backups",
                "OPTIMIZE_BACKUP_ENGINE_REQUEST_TIMEOUT": "1s",
            ]
            return try withTemporaryFolder { try BuiltProgram.start(["check"], variables, in: $0).wait() }
        }
        #expect(ending.output.contains("\(number), cluster c"), "\(ending.output)")
        let words = "\(number) is not known to this program, which knows Elasticsearch 7, "
        #expect(ending.output.contains(words) == isUnknown, "\(ending.output)")
    }
}

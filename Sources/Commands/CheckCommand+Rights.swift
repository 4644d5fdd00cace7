internal import Backups
internal import CommandLine
internal import ElasticsearchClient
internal import JSON
internal import Text
internal import Time

/// What the engine's user may do, and has to.
extension CheckCommand {
    /// Prints what roles have to allow, without asking anybody; nil when that is not asked for.
    static func privileges(_ invocation: Invocation, output: Output, now: Instant) throws -> ExitStatus? {
        guard invocation.has("privileges") else { return nil }
        return output.result(EngineRole.all, text: EngineRole.all.map(\.text).joined(separator: "\n") + origin)
    }

    private static let origin = """

        PREFIX is backup.indexPrefix. OpenSearch's permissions were tried, one by one; Elasticsearch's privileges are from its documentation.

        """

    /// Tells of a right that backups need not have, and that does harm in the wrong hands.
    func warnOfRights(_ report: inout Report) async {
        let (client, prefix) = (repository.client, repository.settings.indexPrefix)
        let credentials = client.settings.credentials
        guard credentials != .none else { return }
        let missing = await client.missingRights(
            .deleteIndex, ofIndices: prefix, in: repository.settings.repositoryName)
        guard missing == [] else { return }
        report.remark(
            "\(credentials.owner) may delete indices of \(prefix)-*, which no backup needs: a restore may have another user, "
                + "named by restore.username; docs/privileges.md has what each needs (setting: \(credentials.settingOfRights))"
        )
    }
}

extension EngineRole {
    fileprivate var text: String {
        let lines =
            ["\(title): \(commands.joined(separator: ", "))"]
            + Self.lines("OpenSearch", permissions, pattern) + Self.lines("Elasticsearch", privileges, pattern)
            + optional.map { "  without \($0.action.name): \($0.without)" }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func lines(_ engine: String, _ permissions: Permissions, _ pattern: String) -> [String] {
        [
            "  \(engine), cluster: \(permissions.cluster.joined(separator: ", "))",
            "  \(engine), on \(pattern): \(permissions.index.isEmpty ? "nothing" : permissions.index.joined(separator: ", "))",
        ]
    }
}

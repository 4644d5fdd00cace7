internal import Commands
internal import ElasticsearchClient

extension Page {
    /// What the engine's user has to be allowed.
    static var privileges: Page {
        Page(
            markdown: "docs/privileges.md",
            from: ["Sources/Commands/CommandRights.swift", "Sources/ElasticsearchClient/EngineAction.swift"],
            [
                "# Privileges",
                wrapped(
                    """
                    What the engine's user has to be allowed, and no more; `optimize-backup check --privileges` prints the same. `PREFIX` \
                    is `backup.indexPrefix`. Whoever backs up need not be able to delete an index, or to restore: `restore.username` and \
                    `restore.passwordFile`, or `restore.apiKeyFile`, name who restores, and drills; the daemon reads neither file, unless a \
                    job has drills in Optimize's own engine. `check` warns of a \
                    user that may delete indices. What may be missing is worth granting all the same.
                    """),
                wrapped(
                    """
                    OpenSearch's permissions are names of actions. Those below were tried, with its own security plugin: every command works \
                    with them, and names the one that is missing where it is taken away. `cluster:monitor/shards` is asked for by OpenSearch 2.17 and \
                    later; `indices:admin/close*` covers an action of each shard, whose refusal is no error.
                    """),
                wrapped(
                    """
                    Elasticsearch's privileges are from its documentation, and were not tried. It takes an action's name for a privilege, too, where no \
                    narrower one has it; for a restore its documentation asks for `manage`. No rights on the indices \
                    that come back are asked for then.
                    """),
            ] + EngineRole.all.flatMap(chapter))
    }

    private static func chapter(_ role: EngineRole) -> [String] {
        let (permissions, privileges) = (role.permissions, role.privileges)
        return [
            "## \(role.title.prefix(1).uppercased())\(role.title.dropFirst())",
            wrapped(role.commands.map(code).joined(separator: ", ") + "."),
            table(
                ["engine", "cluster", "indices `\(role.pattern)`"],
                [
                    ["OpenSearch", list(permissions.cluster), list(permissions.index)],
                    ["Elasticsearch", list(privileges.cluster), list(privileges.index)],
                ]),
            table(
                ["may be missing", "Elasticsearch's name", "without it"],
                role.optional.map { [code($0.action.name), code($0.action.privilege ?? ""), $0.without] }),
        ]
    }

    private static func list(_ names: [String]) -> String { names.map(code).joined(separator: ", ") }
}

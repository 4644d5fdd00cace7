package import ElasticsearchClient
package import JSON

/// What the engine's user has to be allowed for what the program is used for, as roles of both engines say it.
package struct EngineRole: Sendable {
    /// A right without which most is done all the same.
    package struct Optional: Sendable {
        package let action: EngineAction
        /// What is missing then.
        package let without: String
    }

    package let purpose: CommandRights.Purpose
    package let commands: [String]
    package let needed: [EngineAction]
    package let optional: [Optional]

    /// One for each purpose.
    package static let all: [EngineRole] = CommandRights.Purpose.allCases.map(EngineRole.init)

    private init(_ purpose: CommandRights.Purpose) {
        // Whoever backs up looks, too.
        let purposes: [CommandRights.Purpose] = purpose == .backUp ? [.look, .backUp] : [purpose]
        let rows = CommandRights.all.filter { purposes.contains($0.purpose) }
        let needed = Set(rows.flatMap(\.neededActions))
        self.purpose = purpose
        commands = rows.map(\.command)
        self.needed = needed.sorted()
        var without: [EngineAction: [String]] = [:]
        for optional in rows.flatMap(\.optional) {
            for action in optional.operation.actions where !needed.contains(action) {
                if without[action]?.contains(optional.without) != true {
                    without[action, default: []].append(optional.without)
                }
            }
        }
        optional = without.sorted { $0.key < $1.key }.map {
            Optional(action: $0.key, without: $0.value.joined(separator: "; "))
        }
    }

    package var title: String {
        switch purpose {
        case .look: "only looking"
        case .backUp: "backups"
        case .restore: "restoring where nothing stands"
        case .replace: "restoring in the place of what stands"
        case .restoreRenamed: "restoring beside what stands"
        case .drill: "restore drills"
        }
    }

    /// The indices that its rights are for.
    package var pattern: String {
        switch purpose {
        case .restoreRenamed: "NEWPREFIX-*"
        case .drill: "drill-*"
        case .look, .backUp, .restore, .replace: "PREFIX-*"
        }
    }

    /// What OpenSearch's role allows.
    package var permissions: Permissions {
        Permissions(
            cluster: needed.filter(\.isOfCluster).map(\.name), index: needed.filter { !$0.isOfCluster }.map(\.name))
    }

    /// What Elasticsearch's role has, by its documentation.
    package var privileges: Permissions {
        func names(_ actions: [EngineAction], _ implied: [String: Set<String>]) -> [String] {
            let all = Set(actions.compactMap(\.privilege))
            return all.subtracting(all.flatMap { implied[$0] ?? [] }).sorted()
        }
        let ofCluster = Set(needed.filter(\.isOfCluster).compactMap(\.privilege))
        return Permissions(
            cluster: names(
                needed.filter(\.isOfCluster),
                ["manage": ofCluster.subtracting(["manage"]), "create_snapshot": ["monitor_snapshot"]]),
            index: names(needed.filter { !$0.isOfCluster }, ["manage": ["monitor", "delete_index"]]))
    }

    /// For the cluster, and for the indices of `pattern`.
    package struct Permissions: Sendable, Equatable {
        package let cluster: [String]
        package let index: [String]
    }
}

extension EngineRole: JSONWritable {
    package var json: JSONValue {
        [
            "purpose": title.json, "commands": commands.json, "indices": pattern.json,
            "openSearch": permissions.json, "elasticsearch": privileges.json, "optional": optional.json,
        ]
    }
}

extension EngineRole.Permissions: JSONWritable {
    package var json: JSONValue { ["cluster": cluster.json, "index": index.json] }
}

extension EngineRole.Optional: JSONWritable {
    package var json: JSONValue {
        ["action": action.name.json, "privilege": action.privilege.json, "without": without.json]
    }
}

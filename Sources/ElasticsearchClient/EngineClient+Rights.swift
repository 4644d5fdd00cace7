internal import HTTP
internal import JSON

/// A question that tells nothing but whether our user may ask it: who may is refused for another reason, so that nothing changes.
package enum RightProbe: Sendable {
    /// An index that stands in a snapshot: OpenSearch looks into the snapshot before it judges who asks.
    ///
    /// The new name is none that an index can have, and the number of shards none that a restore can change.
    case restore(snapshot: String, index: String)
    /// What is read of an index: a pattern that matches none is answered to everybody.
    case look(LookOperation)
    case createIndex
    case write
    case closeIndex
    case deleteIndex
    case createSnapshot
    case deleteSnapshot

    package enum LookOperation: String, Sendable, CaseIterable {
        case alias, settings, recovery, stats, search
    }

    /// What it asks for.
    package var operation: EngineOperation {
        switch self {
        case .restore: .restoreSnapshot
        case .look(.alias): .getAlias
        case .look(.settings): .getSettings
        case .look(.recovery): .recovery
        case .look(.stats): .indicesStats
        case .look(.search): .search
        case .createIndex: .createIndex
        case .write: .index
        case .closeIndex: .closeIndex
        case .deleteIndex: .deleteIndex
        case .createSnapshot: .createSnapshot
        case .deleteSnapshot: .deleteSnapshot
        }
    }
}

extension EngineClient {
    /// What our user lacks of the rights for an operation; nil where nobody can tell.
    ///
    /// A cluster's right hides those of indices where both are lacking.
    ///
    /// - Parameter prefix: of the indices that the rights are for.
    package func missingRights(
        _ probe: RightProbe, ofIndices prefix: String, in repository: String
    ) async -> [EngineAction]? {
        do {
            _ = try await send(probe.operation, request(probe, prefix, repository), as: IgnoredAnswer.self)
            return []
        } catch {
            guard !error.isTransient, error.code != .cancelled else { return nil }
            guard error.code == .denied else { return [] }
            let actions = probe.operation.actions
            let denied = error.deniedActions
            // Whoever stands before the engine names no action.
            guard error.type != nil else { return Array(actions.prefix(1)) }
            guard !denied.isEmpty else { return nil }
            // Writing takes other rights as well, which a restore needs not.
            return actions.filter { denied.contains(where: $0.covers) }
        }
    }

    private func request(_ probe: RightProbe, _ prefix: String, _ repository: String) -> HTTPRequest {
        let (absent, repository) = (pathComponent("\(prefix)-no-such-index_v0"), pathComponent(repository))
        switch probe {
        case .restore(let snapshot, let index):
            let body: [String: JSONValue] = [
                "indices": [index].json, "include_global_state": false, "include_aliases": false, "partial": false,
                "rename_pattern": "^.*$", "rename_replacement": .string("\(prefix)-no-such-index#v0"),
                "index_settings": ["index.number_of_shards": 77],
            ]
            let path = "/_snapshot/\(repository)/\(pathComponent(snapshot))/_restore"
            return HTTPRequest(.post, limited(path), json: .object(body))
        case .look(let operation): return HTTPRequest(.get, "/\(absent)/_\(operation.rawValue)")
        case .createIndex:
            return HTTPRequest(.put, limited("/\(absent)"), json: ["settings": ["index": ["number_of_shards": 0]]])
        case .write: return HTTPRequest(.put, "/\(absent)/_doc/1?require_alias=true&timeout=1s", json: [:])
        case .closeIndex: return HTTPRequest(.post, limited("/\(absent)/_close"))
        case .deleteIndex: return HTTPRequest(.delete, limited("/\(absent)"))
        case .createSnapshot:
            // No snapshot's name has a space.
            let body: [String: JSONValue] = ["indices": .string("\(prefix)-no-such-index_v0")]
            return HTTPRequest(
                .put, limited("/_snapshot/\(repository)/no%20such%20snapshot"), json: .object(body))
        case .deleteSnapshot:
            return HTTPRequest(.delete, limited("/_snapshot/\(repository)/no-such-snapshot"))
        }
    }
}

extension EngineError {
    /// The actions that our user may not do, as a refusal names them; empty where it names none.
    package var deniedActions: [String] {
        guard code == .denied else { return [] }
        // OpenSearch: "no permissions for [A, B] and User […]"; Elasticsearch: "action [A] is unauthorized for user […]".
        var actions: [String] = []
        for piece in reason.split(separator: "[").dropFirst() {
            for word in piece.prefix(while: { $0 != "]" }).split(separator: ",") {
                let name = word.drop { $0 == " " }
                if name.hasPrefix("cluster:") || name.hasPrefix("indices:") { actions.append(String(name)) }
            }
        }
        return actions
    }
}

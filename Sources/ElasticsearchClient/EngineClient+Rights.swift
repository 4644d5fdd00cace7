internal import HTTP
internal import JSON

/// A right that restores need and backups do not, by the name of the action that a role grants.
package enum RestoreRight: String, Sendable, CaseIterable {
    case restore = "cluster:admin/snapshot/restore"
    case create = "indices:admin/create"
    case write = "indices:data/write/index"
    case close = "indices:admin/close"
    case delete = "indices:admin/delete"
}

extension EngineClient {
    /// Whether our user surely lacks a right: it asks for what a user who has it is refused for another reason, so that nothing changes.
    ///
    /// - Parameter prefix: of the indices that the right is for.
    package func lacks(_ right: RestoreRight, prefix: String, repository: String) async -> Bool {
        let absent = pathComponent("\(prefix)-no-such-index_v0")
        let request: HTTPRequest
        let operation: EngineOperation
        switch right {
        case .restore:
            (operation, request) = (
                .restoreSnapshot,
                HTTPRequest(
                    .post, limited("/_snapshot/\(pathComponent(repository))/no-such-snapshot/_restore"),
                    json: ["indices": "\(prefix)-no-such-index_v0".json])
            )
        case .create:
            (operation, request) = (
                .createIndex,
                HTTPRequest(.put, limited("/\(absent)"), json: ["settings": ["index": ["number_of_shards": 0]]])
            )
        case .write:
            (operation, request) = (
                .index, HTTPRequest(.put, "/\(absent)/_doc/1?require_alias=true&timeout=1s", json: [:])
            )
        case .close: (operation, request) = (.closeIndex, HTTPRequest(.post, limited("/\(absent)/_close")))
        case .delete: (operation, request) = (.deleteIndex, HTTPRequest(.delete, limited("/\(absent)")))
        }
        do {
            _ = try await send(operation, request, as: IgnoredAnswer.self)
            return false
        } catch {
            return error.code == .denied
        }
    }
}

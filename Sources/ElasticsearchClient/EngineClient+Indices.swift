package import Engines
internal import HTTP
internal import JSON
package import Time

extension EngineClient {
    /// The names of all indices that a pattern matches, open, closed and hidden ones, sorted; aliases are resolved.
    package func indices(matching pattern: String) async throws(EngineError) -> [String] {
        let answer: [String: JSONValue]
        do {
            answer = try await read(
                .getAlias, "/\(pathComponent(pattern, pattern: true))/_alias?expand_wildcards=all")
        } catch {
            guard error.code == .indexMissing else { throw error }
            return []
        }
        return answer.keys.sorted()
    }

    /// Every index that a pattern matches by the master's own list, which no role narrows, with its state: `green`, `yellow` or `red`.
    ///
    /// - Throws: `.denied` without the right `cluster:monitor/health`.
    package func indexStates(matching pattern: String) async throws(EngineError) -> [String: String] {
        let target =
            "/_cluster/health/\(pathComponent(pattern, pattern: true))?level=indices&expand_wildcards=all"
            + "&filter_path=indices.*.status"
        let answer: HealthAnswer = try await read(.clusterHealth, limited(target))
        return answer.states
    }

    /// Since when indices have been there, by the engine's clock: created, or come out of a snapshot, which keeps the date of creation.
    ///
    /// - Throws: `.denied` without the rights `view_index_metadata` and `monitor` on them.
    package func ages(ofIndices pattern: String) async throws(EngineError) -> [String: Instant] {
        let path = "/\(pathComponent(pattern, pattern: true))"
        let settings: [String: CreationAnswer]
        let recoveries: [String: RecoveryAnswer]
        do {
            settings = try await read(.getSettings, "\(path)/_settings/index.creation_date?expand_wildcards=all")
            recoveries = try await read(
                .recovery,
                "\(path)/_recovery?expand_wildcards=all&filter_path=*.shards.type,*.shards.start_time_in_millis")
        } catch {
            guard error.code == .indexMissing else { throw error }
            return [:]
        }
        var ages: [String: Instant] = [:]
        for (index, answer) in settings {
            ages[index] = ([answer.created].compactMap { $0 } + (recoveries[index]?.restored ?? [])).max()
        }
        return ages
    }

    /// By which version of an engine each index that a pattern matches was made; one that tells none is left out.
    ///
    /// - Throws: `.denied` without the right `view_index_metadata` on them.
    package func versions(ofIndices pattern: String) async throws(EngineError) -> [String: IndexVersion] {
        let target = "/\(pathComponent(pattern, pattern: true))/_settings/index.version.created?expand_wildcards=all"
        let settings: [String: VersionAnswer]
        do {
            settings = try await send(.getSettings, HTTPRequest(.get, target))
        } catch {
            guard error.code == .indexMissing else { throw error }
            return [:]
        }
        return settings.compactMapValues(\.created)
    }

    /// The values that a text field has in the first hundred documents of an index or alias.
    ///
    /// - Throws: `.indexMissing`.
    package func values(of field: String, in index: String) async throws(EngineError) -> Set<String> {
        let target = "/\(pathComponent(index))/_search?size=100&_source=\(pathComponent(field))"
        let answer: SearchAnswer = try await read(.search, target)
        return Set(answer.documents.compactMap { $0[field]?.string })
    }
}

private struct HealthAnswer: JSONReadable {
    let states: [String: String]

    init(json: JSONValue) throws(JSONError) {
        let indices: [String: JSONValue] = try json.optional("indices") ?? [:]
        var states: [String: String] = [:]
        for (name, index) in indices { states[name] = try index.required("status") }
        self.states = states
    }
}

private struct CreationAnswer: JSONReadable {
    let created: Instant?

    init(json: JSONValue) throws(JSONError) {
        let settings: JSONValue = try json.required("settings")
        let index: JSONValue? = try settings.optional("index")
        let date: String? = try index?.required("creation_date")
        created = date.flatMap { Int64($0) }.map { Instant(millisecondsSinceEpoch: $0) }
    }
}

private struct VersionAnswer: JSONReadable {
    let created: IndexVersion?

    init(json: JSONValue) throws(JSONError) {
        let settings: JSONValue = try json.required("settings")
        created = settings["index"]?["version"]?["created"]?.string.flatMap { Int64($0) }.flatMap(IndexVersion.init)
    }
}

private struct RecoveryAnswer: JSONReadable {
    /// When shards that came out of a snapshot began to.
    let restored: [Instant]

    init(json: JSONValue) throws(JSONError) {
        var restored: [Instant] = []
        for shard: JSONValue in try json.optional("shards") ?? [] where shard["type"] == "SNAPSHOT" {
            let start: Int64? = try shard.optional("start_time_in_millis")
            if let start { restored.append(Instant(millisecondsSinceEpoch: start)) }
        }
        self.restored = restored
    }
}

private struct SearchAnswer: JSONReadable {
    let documents: [JSONValue]

    init(json: JSONValue) throws(JSONError) {
        let hits: JSONValue = try json.required("hits")
        let found: [JSONValue] = try hits.required("hits")
        documents = found.compactMap { $0["_source"] }
    }
}

/// An answer of which nothing but its success matters.
struct IgnoredAnswer: JSONReadable {
    init(json: JSONValue) {}
}

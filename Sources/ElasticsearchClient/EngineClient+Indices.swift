package import Engines
internal import HTTP
internal import JSON
package import Time

extension EngineClient {
    /// The names of all indices that a pattern matches, open, closed and hidden ones, sorted; aliases are resolved.
    package func indices(matching pattern: String) async throws(EngineError) -> [String] {
        try await aliases(matching: pattern).keys.sorted()
    }

    /// The names of the indices that a pattern matches and that are closed, as the master has it: one that only tells nothing is not.
    package func closedIndices(matching pattern: String) async throws(EngineError) -> Set<String> {
        Set(try await aliases(matching: pattern, expanding: "closed,hidden").keys)
    }

    /// The aliases of all indices that a pattern matches by their names, or by one of their aliases; by index.
    ///
    /// - Parameter states: which of them, in the engine's words.
    package func aliases(
        matching pattern: String, expanding states: String = "all"
    ) async throws(EngineError) -> [String: [String]] {
        let answer: [String: JSONValue]
        do {
            answer = try await read(
                .getAlias, "/\(pathComponent(pattern, pattern: true))/_alias?expand_wildcards=\(states)")
        } catch {
            guard error.code == .indexMissing else { throw error }
            return [:]
        }
        return answer.mapValues { $0["aliases"]?.keys ?? [] }
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
        let dates = try await creationDates(ofIndices: pattern)
        let recoveries = try await recoveries(ofIndices: pattern)
        var ages: [String: Instant] = [:]
        for (index, date) in dates {
            ages[index] = ([date].compactMap { $0 } + (recoveries[index]?.compactMap(\.restoreTime) ?? [])).max()
        }
        return ages
    }

    /// When indices were created, by the engine's clock; a restore brings the date back.
    ///
    /// - Throws: `.denied` without the right `view_index_metadata` on them.
    package func creationDates(ofIndices pattern: String) async throws(EngineError) -> [String: Instant?] {
        let target =
            "/\(pathComponent(pattern, pattern: true))/_settings/index.creation_date?expand_wildcards=all"
        do {
            let answer: [String: CreationAnswer] = try await read(.getSettings, target)
            return answer.mapValues(\.created)
        } catch {
            guard error.code == .indexMissing else { throw error }
            return [:]
        }
    }

    /// How the shards of indices came to be where they are, by index.
    ///
    /// - Throws: `.denied` without the right `monitor` on them.
    package func recoveries(ofIndices pattern: String) async throws(EngineError) -> [String: [ShardRecovery]] {
        let target =
            "/\(pathComponent(pattern, pattern: true))/_recovery?expand_wildcards=all"
            + "&filter_path=*.shards.type,*.shards.stage,*.shards.start_time_in_millis,"
            + "*.shards.index.size.total_in_bytes,*.shards.index.size.recovered_in_bytes"
        do {
            let answer: [String: RecoveryAnswer] = try await read(.recovery, target)
            return answer.mapValues(\.shards)
        } catch {
            guard error.code == .indexMissing else { throw error }
            return [:]
        }
    }

    /// What stands in open indices, by index: closed ones tell nothing.
    ///
    /// - Throws: `.denied` without the right `monitor` on them.
    package func statistics(ofIndices pattern: String) async throws(EngineError) -> [String: IndexStatistics] {
        let target =
            "/\(pathComponent(pattern, pattern: true))/_stats/docs,store?level=shards&expand_wildcards=open,hidden"
            + "&filter_path=indices.*.primaries.docs.count,indices.*.total.store.size_in_bytes,"
            + "indices.*.shards.*.seq_no.max_seq_no,indices.*.shards.*.routing.primary"
        do {
            return try await read(.indicesStats, target, as: StatisticsAnswer.self).indices
        } catch {
            guard error.code == .indexMissing else { throw error }
            return [:]
        }
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

/// How a shard came to be where it is.
package struct ShardRecovery: Sendable, Equatable {
    /// Such as `SNAPSHOT` or `EXISTING_STORE`.
    package let type: String
    /// Such as `INDEX` or `DONE`.
    package let stage: String
    package let startTime: Instant?
    package let totalBytes: Int64
    package let recoveredBytes: Int64

    package var isFromSnapshot: Bool { type == "SNAPSHOT" }

    package var isUnderWay: Bool { stage != "DONE" }

    /// When it began to come out of a snapshot; nil if it did not.
    var restoreTime: Instant? { isFromSnapshot ? startTime : nil }
}

extension ShardRecovery: JSONReadable {
    init(json: JSONValue) throws(JSONError) {
        type = try json.optional("type") ?? ""
        stage = try json.optional("stage") ?? ""
        let start: Int64? = try json.optional("start_time_in_millis")
        startTime = start.map(Instant.init(millisecondsSinceEpoch:))
        let size = json["index"]?["size"]
        totalBytes = size?["total_in_bytes"]?.integer ?? 0
        recoveredBytes = size?["recovered_in_bytes"]?.integer ?? 0
    }
}

private struct RecoveryAnswer: JSONReadable {
    let shards: [ShardRecovery]

    init(json: JSONValue) throws(JSONError) { shards = try json.optional("shards") ?? [] }
}

/// What stands in an index.
package struct IndexStatistics: Sendable, Equatable {
    /// In its primary shards; nested ones count by themselves.
    package let documents: Int64
    /// On the disks of all nodes.
    package let bytes: Int64
    /// Of its primary shards, in their order: each write adds one.
    package let sequenceNumbers: [Int64]
}

private struct StatisticsAnswer: JSONReadable {
    let indices: [String: IndexStatistics]

    init(json: JSONValue) throws(JSONError) {
        let members: [String: JSONValue] = try json.optional("indices") ?? [:]
        indices = members.mapValues { index in
            let shards = index["shards"]
            let numbers = (shards?.keys ?? []).sorted().flatMap { key in
                (shards?[key]?.array ?? []).filter { $0["routing"]?["primary"] == true }
                    .compactMap { $0["seq_no"]?["max_seq_no"]?.integer }
            }
            return IndexStatistics(
                documents: index["primaries"]?["docs"]?["count"]?.integer ?? 0,
                bytes: index["total"]?["store"]?["size_in_bytes"]?.integer ?? 0, sequenceNumbers: numbers)
        }
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

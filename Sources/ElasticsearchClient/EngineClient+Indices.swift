internal import JSON
package import Time

extension EngineClient {
    /// The names of all indices that a pattern matches, open, closed and hidden ones, sorted; aliases are resolved.
    package func indices(matching pattern: String) async throws(EngineError) -> [String] {
        let answer: [String: IgnoredAnswer]
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
        return (answer.indices ?? [:]).mapValues(\.status)
    }

    /// Since when indices have been there, by the engine's clock: created, or come out of a snapshot, which keeps the date of creation.
    ///
    /// - Throws: `.denied` without the rights `view_index_metadata` and `monitor` on them.
    package func ages(ofIndices pattern: String) async throws(EngineError) -> [String: Instant] {
        let path = "/\(pathComponent(pattern, pattern: true))"
        let settings: [String: SettingsAnswer]
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
            let created = answer.settings.index.flatMap { Int64($0.creation_date) }
            let restored = (recoveries[index]?.shards ?? []).filter { $0.type == "SNAPSHOT" }
                .compactMap(\.start_time_in_millis)
            ages[index] = ([created].compactMap { $0 } + restored).max().map {
                Instant(microsecondsSinceEpoch: $0 * 1_000)
            }
        }
        return ages
    }

    /// The values that a text field has in the first hundred documents of an index or alias.
    ///
    /// - Throws: `.indexMissing`.
    package func values(of field: String, in index: String) async throws(EngineError) -> Set<String> {
        let target = "/\(pathComponent(index))/_search?size=100&_source=\(pathComponent(field))"
        let answer: SearchAnswer = try await read(.search, target)
        return Set(answer.hits.hits.compactMap { $0._source?[field]?.string })
    }
}

private struct HealthAnswer: Decodable {
    struct Index: Decodable { let status: String }

    let indices: [String: Index]?
}

private struct SettingsAnswer: Decodable {
    struct Settings: Decodable { let index: Index? }
    struct Index: Decodable { let creation_date: String }

    let settings: Settings
}

private struct RecoveryAnswer: Decodable {
    struct Shard: Decodable {
        let type: String?
        let start_time_in_millis: Int64?
    }

    let shards: [Shard]?
}

private struct SearchAnswer: Decodable {
    struct Hits: Decodable { let hits: [Hit] }
    struct Hit: Decodable { let _source: JSONValue? }

    let hits: Hits
}

/// An answer of which nothing but its success, or its keys, matters.
struct IgnoredAnswer: Decodable {
    init(from decoder: any Decoder) {}
}

internal import JSON

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

    /// The values that a text field has in the first hundred documents of an index or alias; none without an index.
    package func values(of field: String, in index: String) async throws(EngineError) -> Set<String> {
        let target = "/\(pathComponent(index))/_search?size=100&_source=\(pathComponent(field))"
        let answer: SearchAnswer
        do {
            answer = try await read(.search, target)
        } catch {
            guard error.code == .indexMissing else { throw error }
            return []
        }
        return Set(answer.hits.hits.compactMap { $0._source?[field]?.string })
    }
}

private struct HealthAnswer: Decodable {
    struct Index: Decodable { let status: String }

    let indices: [String: Index]?
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

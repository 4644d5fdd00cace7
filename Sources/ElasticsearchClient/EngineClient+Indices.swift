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

    /// The value of a text field in the first document of an index or alias; nil without index, document or field.
    package func firstValue(of field: String, in index: String) async throws(EngineError) -> String? {
        let target = "/\(pathComponent(index))/_search?size=1&_source=\(pathComponent(field))"
        let answer: SearchAnswer
        do {
            answer = try await read(.search, target)
        } catch {
            guard error.code == .indexMissing else { throw error }
            return nil
        }
        return answer.hits.hits.first?._source?[field]?.string
    }
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

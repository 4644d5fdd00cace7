internal import HTTP
internal import JSON

extension EngineClient {
    /// What Elasticsearch, from 8.16 on, finds amiss in the metadata of a whole repository, in its own words; empty where all is well.
    ///
    /// Source: `POST /_snapshot/REPOSITORY/_verify_integrity`, a technical preview of its default distribution.
    ///
    /// - Parameter limit: for the one answer, which comes once all of it was read.
    /// - Throws: `.notOffered` where the engine does not know the call.
    package func anomalies(in repository: String, within limit: Duration) async throws(EngineError) -> [String] {
        let filter = "filter_path=log.anomaly,log.exception.reason,log.snapshot.snapshot,log.index.name,results.result"
        let target = limited("/_snapshot/\(pathComponent(repository))/_verify_integrity?\(filter)")
        do {
            let answer: IntegrityAnswer = try await send(
                .verifyIntegrity, HTTPRequest(.post, target), timeout: limit)
            return answer.anomalies
        } catch {
            // Whoever does not know it takes it for the name of a snapshot, or for a method that the path does not have.
            guard error.type == "invalid_snapshot_name_exception" || [400, 404, 405].contains(error.status ?? 0) else {
                throw error
            }
            throw EngineError(.notOffered, status: error.status, type: error.type, reason: error.reason)
        }
    }

    /// How many documents a search finds in an index, all of whose shards have answered; nested ones are no documents of their own here.
    ///
    /// - Throws: `.indexMissing`; `.overloaded` and `.failed` when a shard gives no answer.
    package func searchedDocuments(in index: String) async throws(EngineError) -> Int64 {
        let target =
            "/\(pathComponent(index))/_search?size=0&track_total_hits=true&allow_partial_search_results=false"
            + "&filter_path=hits.total.value"
        return try await read(.search, target, as: CountAnswer.self).count
    }
}

private struct IntegrityAnswer: JSONReadable {
    let anomalies: [String]

    init(json: JSONValue) throws(JSONError) {
        let log: [JSONValue] = try json.optional("log") ?? []
        var anomalies = log.compactMap { entry -> String? in
            guard let anomaly = entry["anomaly"]?.string else { return nil }
            let places = [entry["snapshot"]?["snapshot"]?.string, entry["index"]?["name"]?.string].compactMap { $0 }
            let reason = entry["exception"]?["reason"]?.string.map { ": \($0)" } ?? ""
            return anomaly + (places.isEmpty ? "" : " (\(places.joined(separator: ", ")))") + reason
        }
        if json["results"]?["result"]?.string == "fail", anomalies.isEmpty {
            anomalies.append("the engine says that the repository fails, and not why")
        }
        self.anomalies = anomalies
    }
}

private struct CountAnswer: JSONReadable {
    let count: Int64

    init(json: JSONValue) throws(JSONError) {
        let hits: JSONValue = try json.required("hits")
        let total: JSONValue = try hits.required("total")
        count = try total.required("value")
    }
}

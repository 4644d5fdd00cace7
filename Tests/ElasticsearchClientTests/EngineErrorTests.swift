import HTTP
import Testing

@testable import ElasticsearchClient

@Suite(.timeLimit(.minutes(10)))
struct EngineErrorTests {
    /// As recorded from Elasticsearch 7.17 and 8.19 and OpenSearch 2.19, and from proxies in front of them.
    @Test(
        arguments: [
            (
                400, "invalid_snapshot_name_exception",
                "Invalid snapshot name [a], snapshot with the same name already exists", .nameTaken
            ),
            (
                400, "invalid_snapshot_name_exception",
                "Invalid snapshot name [a], snapshot with the same name is already in-progress", .nameTaken
            ),
            (400, "invalid_snapshot_name_exception", "Invalid snapshot name [A], must be lowercase", .rejected),
            (
                400, "snapshot_name_already_in_use_exception",
                "Invalid snapshot name [a], snapshot with the same name already exists", .nameTaken
            ),
            (404, "index_not_found_exception", "no such index [a]", .indexMissing),
            (404, "snapshot_missing_exception", "[r:a] is missing", .snapshotMissing),
            (404, "repository_missing_exception", "[r] missing", .repositoryMissing),
            (500, "snapshot_exception", "Indices don't have primary shards [a]", .failed),
            (503, "concurrent_snapshot_execution_exception", "cannot restore", .busy),
            (400, "snapshot_in_progress_exception", "Cannot delete indices that are being snapshotted", .busy),
            (429, "es_rejected_execution_exception", "rejected", .turnedAway),
            (503, "master_not_discovered_exception", "null", .overloaded),
            (500, "repository_exception", "[r] cannot create snapshot in a readonly repository", .failed),
            (400, "illegal_argument_exception", "[r] cannot create snapshot in a readonly repository", .rejected),
            (403, "security_exception", "action is unauthorized for user", .denied),
            (403, "cluster_block_exception", "index [a] blocked by: [FORBIDDEN/9/index metadata (api)];", .blocked),
            (503, "cluster_block_exception", "blocked by: [SERVICE_UNAVAILABLE/1/state not recovered];", .overloaded),
            (401, "security_exception", "missing authentication credentials", .denied),
        ] as [(Int, String, String, EngineError.Code)])
    func tellsErrorsApart(status: Int, type: String, reason: String, code: EngineError.Code) {
        let body =
            #"{"error":{"root_cause":[{"type":"\#(type)","reason":"\#(reason)"}],"type":"\#(type)","reason":"\#(reason)"},"status":\#(status)}"#
        let error = EngineError(HTTPResponse(status: status, body: Array(body.utf8)))
        #expect(error == EngineError(code, status: status, type: type, reason: reason))
        #expect("\(error)" == "\(type): \(reason) (HTTP \(status))")
    }

    @Test func addsWhatCausedIt() {
        let body =
            #"{"error":{"type":"repository_exception","reason":"[r] failed","caused_by":{"type":"io_exception","reason":"disk full","caused_by":{"type":"x","reason":"disk full"}}},"status":500}"#
        let error = EngineError(HTTPResponse(status: 500, body: Array(body.utf8)))
        #expect(error.reason == "[r] failed; caused by: disk full")
    }

    @Test(arguments: [
        ("<html>401 Authorization Required</html>", 401, EngineError.Code.denied),
        ("", 502, .overloaded), ("not json", 404, .unexpectedAnswer),
        (#"{"error":"words alone","status":500}"#, 500, .failed),
        (#"{"Message":"Your request: '/_recovery' is not allowed."}"#, 401, .notOffered),
        (#"{"message":"Signature expired: 20261126T150000Z"}"#, 403, .denied),
        (#"{"message":"No such key"}"#, 401, .denied),
    ])
    func readsWhatIsNoEnginesAnswer(body: String, status: Int, code: EngineError.Code) {
        let error = EngineError(HTTPResponse(status: status, body: Array(body.utf8)))
        #expect(error.code == code)
        #expect(!error.reason.isEmpty)
    }

    /// A page is told in one line that says who sent it, and from where.
    @Test(
        arguments: [
            (
                401, "nginx", "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>…</body>",
                "HTTP 401 from nginx at http://e:9200: a page named '401 Authorization Required'"
            ),
            (
                502, "nginx", "<h1>Bad\nGateway</h1><p>later</p>",
                "HTTP 502 from nginx at http://e:9200: a page: Bad Gateway later"
            ),
            (404, nil, "no\r\n\r\nsuch  page", "HTTP 404 at http://e:9200: no such page"),
            (502, "haproxy", "", "HTTP 502 from haproxy at http://e:9200: empty"),
        ] as [(Int, String?, String, String)])
    func whatIsNoEnginesIsOneLine(status: Int, server: String?, body: String, words: String) {
        var response = HTTPResponse(status: status, body: Array(body.utf8))
        response.fields["Server"] = server
        #expect("\(EngineError(response).located(at: "http://e:9200"))" == words)
        #expect("\(EngineError(response).located(at: "http://e:9200").located(at: "http://e:9200"))" == words)
    }

    /// Amazon may repeat what was signed, and with that a session's token.
    @Test func onlyTheFirstLineOfAMessageIsTold() {
        let body =
            #"{"message":"The signature does not match.\n\nThe Canonical String was x-amz-security-token:t","x":"y"}"#
        let error = EngineError(HTTPResponse(status: 403, body: Array(body.utf8)))
        #expect("\(error)" == "HTTP 403: The signature does not match.")
    }

    /// OpenSearch caps the shards of one `_status`: asked again, it answers the same.
    @Test(arguments: [
        ("PERMANENT", "[r] Total shard count [2] is more", EngineError.Code.rejected),
        ("TRANSIENT", "[parent] Data too large", .turnedAway), ("PERMANENT", "[parent] Data too large", .turnedAway),
    ])
    func aBreakerMayBeFinal(durability: String, reason: String, code: EngineError.Code) {
        let breaker =
            #"{"type":"circuit_breaking_exception","reason":"\#(reason)","durability":"\#(durability)"}"#
        let error = EngineError(HTTPResponse(status: 429, body: Array(#"{"error":\#(breaker)}"#.utf8)))
        #expect(error.code == code && error.asksForTooMuch && !error.mayHaveTakenEffect)
        // Met on the way, it says nothing of what had been done by then.
        let wrapped = #"{"error":{"type":"snapshot_exception","reason":"no","caused_by":\#(breaker)}}"#
        let late = EngineError(HTTPResponse(status: 500, body: Array(wrapped.utf8)))
        #expect(late.asksForTooMuch && (code == .rejected || late.mayHaveTakenEffect && late.isTransient))
    }

    /// Whatever its status, what an engine has waited for in vain may have been done; what it never began with has not.
    @Test(
        arguments: [
            ("process_cluster_event_timeout_exception", true), ("master_not_discovered_exception", true),
            ("cluster_manager_not_discovered_exception", true), ("receive_timeout_transport_exception", true),
            ("timeout_exception", true), ("circuit_breaking_exception", false),
            ("es_rejected_execution_exception", false), ("rejected_execution_exception", false),
            ("cluster_manager_throttling_exception", false),
        ], [429, 500, 503])
    func timeOutsAreUnclearAndRefusalsAreNot(said: (type: String, isUnclear: Bool), status: Int) {
        let (type, isUnclear) = said
        let error = EngineError(
            HTTPResponse(status: status, body: Array(#"{"error":{"type":"\#(type)","reason":"r"}}"#.utf8)))
        #expect(error.mayHaveTakenEffect == isUnclear && error.isTransient && error.meansNoUsableEngine)
        #expect(error.code == (isUnclear ? .overloaded : .turnedAway))
        // Elasticsearch names what it was about before the time-out, and OpenSearch its own kind of error.
        let wrapped =
            #"{"error":{"type":"exception","reason":"r","caused_by":{"type":"\#(type)","reason":"r"}}}"#
        let late = EngineError(HTTPResponse(status: status, body: Array(wrapped.utf8)))
        #expect(late.mayHaveTakenEffect == (isUnclear || status != 429 || type == "circuit_breaking_exception"))
    }

    /// Another type says nothing by itself: only 429 is before anything was begun.
    @Test(arguments: [(429, false), (500, true), (502, true), (503, true), (504, true)])
    func theStatusDecidesOverOtherTypes(status: Int, isUnclear: Bool) {
        for body in ["", "<html>", #"{"error":"words"}"#, #"{"error":{"type":"another_exception","reason":"r"}}"#] {
            let error = EngineError(HTTPResponse(status: status, body: Array(body.utf8)))
            #expect(error.mayHaveTakenEffect == isUnclear, "\(body)")
        }
        let told = #"{"error":{"type":"another_exception","reason":"r","timed_out":true}}"#
        #expect(EngineError(HTTPResponse(status: status, body: Array(told.utf8))).mayHaveTakenEffect)
    }

    @Test func asksToBeLeftAlone() {
        let error = EngineError(HTTPResponse(status: 503, fields: ["Retry-After": "7"]))
        #expect(error.retryAfter == .seconds(7) && error.isTransient)
    }

    @Test(arguments: HTTPTransportError.Code.allCases)
    func everyTransportErrorHasACode(code: HTTPTransportError.Code) {
        let error = EngineError(HTTPTransportError(code, "words"))
        #expect(error.reason == "words")
        #expect(error.status == nil)
        // What may have taken effect must never look as if it had not.
        if code == .timedOut || code == .cutOff { #expect(error.code == .noAnswer) }
    }
}

package import HTTP
internal import JSON
package import Time

/// What the engine does with a request.
package enum EngineAnswer: Sendable, Equatable {
    case response(HTTPResponse)
    /// It holds the request back, and decides anew at that time.
    case later(Instant)

    static func ok(_ json: JSONValue, status: Int = 200) -> EngineAnswer {
        .response(HTTPResponse(status: status, fields: ["content-type": "application/json"], body: json.bytes))
    }

    /// An error in the engine's own shape.
    static func error(_ status: Int, _ type: String, _ reason: String) -> EngineAnswer {
        let cause: JSONValue = ["type": .string(type), "reason": .string(reason)]
        return ok(
            [
                "error": ["root_cause": [cause], "type": .string(type), "reason": .string(reason)],
                "status": .integer(Int64(status)),
            ], status: status)
    }
}

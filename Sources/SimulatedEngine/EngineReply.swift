internal import HTTP
internal import JSON
internal import Time

/// What the engine has to say, before `filter_path` cuts it and it is written out.
enum EngineReply {
    case json(JSONValue, status: Int)
    case text(String)
    /// An exception, which `filter_path` leaves whole on every engine.
    case exception(JSONValue, status: Int)
    case later(Instant)

    static func ok(_ json: JSONValue, status: Int = 200) -> EngineReply { .json(json, status: status) }

    /// An error in the engine's own shape, with what caused it and what caused that.
    static func error(_ status: Int, _ type: String, _ reason: String, causes: [EngineCause] = []) -> EngineReply {
        let root: JSONValue = ["type": .string(type), "reason": .string(reason)]
        var members: [String: JSONValue] = [
            "root_cause": [root], "type": .string(type), "reason": .string(reason),
        ]
        members["caused_by"] = causes.reversed().reduce(nil as JSONValue?) { deeper, cause in
            var members: [String: JSONValue] = ["type": .string(cause.type), "reason": .string(cause.reason)]
            members["caused_by"] = deeper
            return .object(members)
        }
        return .exception(["error": .object(members), "status": .integer(Int64(status))], status: status)
    }

    /// As it goes over the wire; an answer that is an array, of which the filter leaves nothing, has no body.
    func answer(filterPath: String?) -> EngineAnswer {
        switch self {
        case .later(let time): return .later(time)
        case .text(let text):
            return .response(
                HTTPResponse(
                    status: 200, fields: ["content-type": "text/plain; charset=UTF-8"], body: Array(text.utf8)))
        case .exception(let json, let status): return Self.response(json.bytes, status)
        case .json(let json, let status):
            guard let filterPath, !filterPath.isEmpty else { return Self.response(json.bytes, status) }
            let nothing: [UInt8] = json.array == nil ? Array("{}".utf8) : []
            return Self.response(FilterPath(filterPath).applied(to: json)?.bytes ?? nothing, status)
        }
    }

    private static func response(_ body: [UInt8], _ status: Int) -> EngineAnswer {
        .response(HTTPResponse(status: status, fields: ["content-type": "application/json"], body: body))
    }
}

/// The exception that is behind another.
struct EngineCause {
    let type: String
    let reason: String
}

internal import HTTP
internal import JSON
internal import Text

/// Optimize's word for a kind of error, and what it says of it in general.
enum APIErrorCode: String {
    case badRequest = "badRequestError"
    case notFound = "notFoundError"
    case conflict = "conflictError"
    case server = "serverError"
    case engineConnection = "engineConnectionError"
    case forbidden = "forbiddenError"
    case methodNotAllowed = "methodNotAllowedError"

    var words: String {
        switch self {
        case .badRequest: "The request can't be understood as it is."
        case .notFound: "What was asked for does not exist."
        case .conflict: "The present state of the backups does not allow it."
        case .server: "It could not be done."
        case .engineConnection: "The engine could not be reached."
        case .forbidden: "It is not allowed."
        case .methodNotAllowed: "The method is not allowed here."
        }
    }
}

extension ManagementAPI {
    /// An error in Optimize's shape; what others wrote stands in it so that whoever reads it on a terminal sees it.
    ///
    /// - Parameter message: instead of what is said of its kind in general.
    func error(_ status: Int, _ code: APIErrorCode, _ detail: String, message: String? = nil) -> HTTPResponse {
        json(
            status,
            [
                "errorCode": .string(code.rawValue), "errorMessage": .string((message ?? code.words).onOneLine),
                "detailedMessage": .string(detail.onOneLine),
            ])
    }

    func json(_ status: Int, _ value: JSONValue) -> HTTPResponse {
        HTTPResponse(status: status, fields: ["Content-Type": "application/json"], body: value.bytes)
    }
}

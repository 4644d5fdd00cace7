/// A request as both the client sends it and the server receives it.
package struct HTTPRequest: Sendable, Equatable {
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
        case patch = "PATCH"
        case options = "OPTIONS"
    }

    package var method: Method
    /// Path and query in origin form, percent-encoded, beginning with `/`.
    package var target: String
    package var fields: HTTPFields
    package var body: [UInt8]

    package init(_ method: Method, _ target: String, fields: HTTPFields = [:], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
    }
}

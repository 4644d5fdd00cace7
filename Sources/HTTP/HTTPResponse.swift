/// An answer: status, header fields and the whole body.
package struct HTTPResponse: Sendable, Equatable {
    /// 100 to 599.
    package var status: Int
    package var fields: HTTPFields
    package var body: [UInt8]

    package init(status: Int, fields: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

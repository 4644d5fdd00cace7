internal import CMicrohttpd
internal import Glibc
internal import HTTP

/// What the first line of a request says besides its target.
struct RequestLine {
    let method: String
    /// Such as `HTTP/1.1`.
    let version: String
}

/// The header fields of a request, in their order.
func receivedFields(of connection: OpaquePointer) -> HTTPFields {
    final class Box { var fields = HTTPFields() }
    let box = Box()
    MHD_get_connection_values(
        connection, .HEADER_KIND,
        { context, _, name, value in
            guard let context, let name else { return .NO }
            Unmanaged<Box>.fromOpaque(context).takeUnretainedValue().fields
                .append(String(cString: name), value.map { String(cString: $0) } ?? "")
            return .YES
        }, Unmanaged.passUnretained(box).toOpaque())
    return box.fields
}

/// Refuses what libmicrohttpd lets through and must not be; nil for a good request.
///
/// That is a length told twice, by which one request hides in another, and a body that is announced to be too large. A `Host` that
/// is missing it would refuse if asked to, but versions before 1.0 send the head of such an answer twice. So they do with the one 400
/// that can't be had otherwise, for a `Content-Length` that is no number.
func refusal(of line: RequestLine, _ fields: HTTPFields) -> HTTPResponse? {
    func refused(_ status: Int, _ words: String) -> HTTPResponse {
        HTTPResponse(
            status: status, fields: ["Content-Type": "text/plain; charset=utf-8"], body: Array("\(words)\n".utf8))
    }
    let (lengths, codings) = (fields.all("Content-Length"), fields.all("Transfer-Encoding"))
    if lengths.count > 1 || (!lengths.isEmpty && !codings.isEmpty) {
        return refused(400, "the body's length is told twice")
    }
    if codings.contains(where: { $0.lowercased() != "chunked" }) || codings.count > 1 {
        return refused(400, "no transfer coding but chunked is understood")
    }
    if fields.fields.contains(where: { $0.name.contains(where: \.isWhitespace) }) {
        return refused(400, "a field's name has a space")
    }
    if fields.all("Host").count > 1 { return refused(400, "there are two Host fields") }
    if line.version == "HTTP/1.1", fields.all("Host").isEmpty { return refused(400, "there is no Host field") }
    if let length = lengths.first {
        guard let count = Int(length), count >= 0 else { return refused(400, "the Content-Length is no number") }
        if count > Server.maximumBodySize {
            return refused(413, "the body is larger than \(Server.maximumBodySize) bytes")
        }
    }
    return nil
}

/// Gives an answer to libmicrohttpd.
func queue(_ response: HTTPResponse, _ connection: OpaquePointer, closes: Bool) -> MHD_Result {
    let answer = response.body.withUnsafeBytes {
        MHD_create_response_from_buffer($0.count, UnsafeMutableRawPointer(mutating: $0.baseAddress), .RESPMEM_MUST_COPY)
    }
    guard let answer else { return .NO }
    defer { MHD_destroy_response(answer) }
    for field in response.fields.fields where MHD_add_response_header(answer, field.name, field.value) != .YES {
        return .NO
    }
    if closes { MHD_add_response_header(answer, "Connection", "close") }
    return MHD_queue_response(connection, UInt32(response.status), answer)
}

/// Reads any bytes as the body of a request: of an order, and of a hold.
///
/// What is accepted is an object, and a hold says the same once it is written again; what is refused has a reason.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: bytes, count: count))
    var body: JSONValue?
    do throws(JSONError) {
        body = try JSONValue(body: bytes, suchAs: "{}")
    } catch {
        precondition(!error.reason.isEmpty)
    }
    if let body {
        guard case .object = body else { preconditionFailure("no object") }
        precondition((try? JSONValue(reading: bytes)) == body)
    }
    do throws(JSONError) {
        let hold = try MarkerBody(bytes)
        precondition(bytes.isEmpty || body != nil)
        var members: [String: JSONValue] = ["reason": .string(hold.reason)]
        if let until = hold.until { members["until"] = .string(until.rfc3339) }
        precondition((try? MarkerBody(JSONValue.object(members).bytes)) == hold)
    } catch {
        precondition(!error.reason.isEmpty)
    }
    return 0
}

/// Reads any bytes as JSON.
///
/// A text that is accepted is written, read again and the same; keys that stand twice change nothing else of it.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: bytes, count: count))
    guard let value = JSONValue(bytes) else {
        precondition((try? JSONValue(reading: bytes, duplicateKeys: .refused)) == nil)
        return 0
    }
    let written = value.bytes
    guard let again = JSONValue(written) else { preconditionFailure("what was written can't be read") }
    // Infinity has become null meanwhile.
    precondition(again.bytes == written && JSONValue(Array(value.indented.utf8)) == again)
    if let strict = try? JSONValue(reading: bytes, duplicateKeys: .refused) { precondition(strict == value) }
    return 0
}

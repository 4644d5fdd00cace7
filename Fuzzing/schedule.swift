/// Reads any text as a schedule, and asks it for some fire times.
///
/// A text that is accepted must have fire times that move on, and an explanation.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let text = String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    guard let schedule = try? Schedule(text, job: "nightly") else { return 0 }
    var instant = Instant(secondsSinceEpoch: 1_800_000_000)
    for zone in zones {
        for _ in 0..<20 {
            // Changes of the clock may leave out all there would be.
            guard let next = schedule.next(after: instant, in: zone) else { break }
            precondition(next.time > instant, text)
            _ = next.note
            instant = next.time
        }
        precondition(!schedule.explanation(in: zone).isEmpty, text)
    }
    return 0
}

private let zones = ["UTC", "Europe/Berlin", "Australia/Lord_Howe"].compactMap { try? Zone.load($0) }

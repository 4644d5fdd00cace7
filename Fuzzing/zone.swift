/// Reads any bytes as a time zone, and asks it about some times.
///
/// Stretches of a zone that is accepted follow one another without a hole.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let zone = try? Zone(name: "x", tzif: Array(UnsafeBufferPointer(start: bytes, count: count))) else {
        return 0
    }
    for start in [-9_000_000_000_000, -2_208_988_800, 0, 1_800_000_000, 7_258_118_399, 9_000_000_000_000] as [Int64] {
        var span = zone.span(at: start)
        precondition(span.start <= start && start < span.end)
        for _ in 0..<6 where span.end < 9_000_000_000_000 {
            let next = zone.span(at: span.end)
            precondition(next.start == span.end && next.end > next.start)
            span = next
        }
        _ = zone.offset(at: start)
        _ = zone.local(Instant(secondsSinceEpoch: start))
        _ = schedule.next(after: Instant(secondsSinceEpoch: start), in: zone)
    }
    return 0
}

private let schedule: Schedule = {
    guard let schedule = try? Schedule("30 2 * * *") else { preconditionFailure("a good expression") }
    return schedule
}()

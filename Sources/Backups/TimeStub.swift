internal import Time

extension Instant {
    var rfc3339: String { "" }
    var optimizeTime: String { "" }
    var compactUTC: String { "" }
    init(rfc3339: String) throws { self.init(secondsSinceEpoch: 0) }
    init(compactUTC: String) throws { self.init(secondsSinceEpoch: 0) }
}

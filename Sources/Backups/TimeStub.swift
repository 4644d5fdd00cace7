package import Time

extension Instant {
    package var rfc3339: String { "" }
    package var optimizeTime: String { "" }
    package var compactUTC: String { "" }
    package init(rfc3339: String) throws { self.init(secondsSinceEpoch: 0) }
    package init(compactUTC: String) throws { self.init(secondsSinceEpoch: 0) }
}

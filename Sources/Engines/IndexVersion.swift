/// The version of an engine that made an index or wrote a snapshot, as these tell it: a number that grows.
///
/// Elasticsearch's are millions of its major version and more; OpenSearch's are the same and a mark, so that each of them is above each of
/// Elasticsearch's. Engines compare the numbers as they are, across both distributions.
package struct IndexVersion: Hashable, Sendable {
    package let id: Int32

    private static let mark: Int32 = 0x0800_0000

    /// Nil for a number that no engine tells.
    package init?(_ id: Int64) {
        guard (1_000_000...Int64(Int32.max)).contains(id) else { return nil }
        self.id = Int32(id)
    }

    /// The first of a release.
    ///
    /// - Parameter minor: of no matter above the oldest of a major version.
    package init(_ distribution: EngineDistribution, _ major: Int, minor: Int = 0, patch: Int = 0) {
        let number = Int32(clamping: major * 1_000_000 + minor * 10_000 + patch * 100)
        id = distribution == .opensearch ? number | Self.mark : number
    }

    /// Reads what `GET /` tells as `version.minimum_index_compatibility_version`, such as `8.0.0` or `6.0.0-beta1`.
    ///
    /// OpenSearch tells versions of Elasticsearch as they were before both parted: they are above its own.
    package init?(_ text: String, toldBy kind: EngineKind) {
        let numbers = (text.split(separator: "-").first ?? "").split(separator: ".").map { Int($0) ?? -1 }
        guard numbers.count == 3, numbers.allSatisfy((0...99).contains), numbers[0] > 0 else { return nil }
        let (major, minor) = (numbers[0], numbers[1])
        let isOpenSearch = kind.distribution == .opensearch && major <= kind.major
        self.init(isOpenSearch ? .opensearch : .elasticsearch, major, minor: minor)
    }

    package var distribution: EngineDistribution { id & Self.mark == 0 ? .elasticsearch : .opensearch }

    package var major: Int { Int(id & ~Self.mark) / 1_000_000 }

    /// Such as `Elasticsearch 7`.
    package var words: String { "\(distribution.name) \(major)" }
}

extension IndexVersion: Comparable {
    package static func < (left: IndexVersion, right: IndexVersion) -> Bool { left.id < right.id }
}

extension IndexVersion {
    /// The first that an engine of a kind opens and restores, where it does not tell that itself: what the major version before made.
    ///
    /// OpenSearch 1 and 2 count on from Elasticsearch 7.
    package static func oldestReadable(by kind: EngineKind) -> IndexVersion {
        if kind.distribution == .opensearch, kind.major <= 2 { return IndexVersion(.elasticsearch, kind.major + 5) }
        return IndexVersion(kind.distribution, kind.major - 1)
    }
}

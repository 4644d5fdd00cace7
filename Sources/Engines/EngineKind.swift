/// A distribution and a major version of it: what the answers of an engine depend on.
package struct EngineKind: Hashable, Sendable {
    package let distribution: EngineDistribution
    package let major: Int

    package init(_ distribution: EngineDistribution, _ major: Int) {
        self.distribution = distribution
        self.major = major
    }

    /// - Parameter version: such as `8.19.21`; a text that is no version has the major 0.
    package init(_ distribution: EngineDistribution, version: String) {
        let major = Int(version.prefix { $0 != "." }) ?? 0
        self.init(distribution, (0...99).contains(major) ? major : 0)
    }

    /// - Parameter name: such as `opensearch-3`; nil unless it is one that is known.
    package init?(name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }

    /// Such as `opensearch-3`.
    package var name: String { "\(distribution.rawValue)-\(major)" }
}

extension EngineKind: CaseIterable {
    package static let elasticsearch7 = EngineKind(.elasticsearch, 7)
    package static let elasticsearch8 = EngineKind(.elasticsearch, 8)
    package static let elasticsearch9 = EngineKind(.elasticsearch, 9)
    package static let opensearch2 = EngineKind(.opensearch, 2)
    package static let opensearch3 = EngineKind(.opensearch, 3)

    /// A version of an engine that the rows of `EngineTrait` were seen on.
    package struct Release: Sendable {
        let kind: EngineKind
        /// As the engine tells it.
        package let version: String
        /// As the engine's snapshots and indices tell it.
        package let id: Int64
        /// What its snapshots tell as their `version`, which on some engines is none.
        package let ofSnapshots: String

        init(kind: EngineKind, version: String, id: Int64, ofSnapshots: String? = nil) {
            (self.kind, self.version, self.id, self.ofSnapshots) = (kind, version, id, ofSnapshots ?? version)
        }
    }

    /// One for each kind that is known, in their order.
    private static let releases = [
        Release(kind: .elasticsearch7, version: "7.17.29", id: 7_172_999),
        Release(kind: .elasticsearch8, version: "8.19.21", id: 8_537_000, ofSnapshots: "8.19.9-8.19.21"),
        Release(kind: .elasticsearch9, version: "9.5.3", id: 9_111_000, ofSnapshots: "9.5.2-9.5.3"),
        Release(kind: .opensearch2, version: "2.19.1", id: 136_407_927),
        Release(kind: .opensearch3, version: "3.6.0", id: 137_277_827),
    ]

    /// Those that are known.
    package static let allCases = releases.map(\.kind)

    package var isKnown: Bool { Self.allCases.contains(self) }

    /// Those that are known, in words.
    package static let known = allCases.map { "\($0.distribution.name) \($0.major)" }.joined(separator: ", ")

    /// The kind whose traits it is taken to have: itself, or else the newest one before it, or else the oldest of its distribution.
    package var nearest: EngineKind {
        let known = Self.allCases.filter { $0.distribution == distribution }
        return known.last { $0.major <= major } ?? known[0]
    }

    /// What was seen of it; of a kind that is not known its first release is made up, with the number of the nearest.
    package var release: Release {
        let kind = nearest
        let seen = Self.releases[Self.releases.firstIndex { $0.kind == kind } ?? 0]
        return kind == self ? seen : Release(kind: self, version: "\(major).0.0", id: seen.id)
    }
}

extension EngineKind {
    private static let table = Dictionary(
        uniqueKeysWithValues: allCases.map { kind in
            (kind, Set(EngineTrait.allCases.filter { $0.row.isOf(kind) }))
        })

    package var traits: Set<EngineTrait> { Self.table[nearest] ?? [] }

    package func has(_ trait: EngineTrait) -> Bool { traits.contains(trait) }
}

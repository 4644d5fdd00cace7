/// Whether an engine can restore a backup, as far as versions tell; what is listed as good may be none it can.
///
/// An engine refuses what a newer one wrote, and an index that was made before the major version before its own, whatever has upgraded it
/// since: `_restore` answers 500 for the whole snapshot. Nothing in its listing tells of the latter.
package enum Restorability: Sendable, Hashable {
    case restorable
    /// Nobody knows which engine made its indices.
    case unknown
    indirect case refused(Refusal, by: EngineKind)

    /// Why an engine refuses it.
    package enum Refusal: Sendable, Hashable {
        case writtenByNewer(IndexVersion)
        /// The oldest of its indices, which that engine had upgraded.
        case madeByOlder(IndexVersion, writtenBy: IndexVersion)
    }

    /// - Parameters:
    ///   - written: the version of the engine that took the snapshot, by its `version_id`; nil if that can't be told.
    ///   - oldest: of its indices, by their `index.version.created`; nil if nobody remembers it.
    ///   - version: of the engine that is to restore it, such as `8.19.21`.
    ///   - readable: the first version that it reads.
    package init(
        written: IndexVersion?, oldest: IndexVersion?, by kind: EngineKind, version: String, readable: IndexVersion
    ) {
        // OpenSearch tells clients that it is this release where it was told to, as Amazon's service may be; its numbers are its own.
        let isInDisguise = kind == .elasticsearch7 && version == "7.10.2" && written?.distribution == .opensearch
        guard let written, kind.major > 0, !isInDisguise else {
            self = .unknown
            return
        }
        // An engine's own number grows with more than its version; within a major it only tells of plain ones.
        let isNewer =
            written.distribution == kind.distribution
            ? written.major > kind.major || written.isPlain && written > IndexVersion.last(of: version, kind)
            : kind.distribution == .elasticsearch || written >= IndexVersion(.elasticsearch, 7, minor: 11)
        if isNewer {
            self = .refused(.writtenByNewer(written), by: kind)
        } else if (oldest ?? written) < readable {
            self = .refused(.madeByOlder(oldest ?? written, writtenBy: written), by: kind)
        } else if oldest == nil, written.oldestHeld < readable {
            self = .unknown
        } else {
            self = .restorable
        }
    }

    /// Of several snapshots that only together are a backup.
    package init(all parts: [Restorability]) {
        let refused = parts.first { $0.isRestorable == false }
        self = refused ?? (parts.contains(.unknown) || parts.isEmpty ? .unknown : .restorable)
    }

    /// Nil while nobody knows.
    package var isRestorable: Bool? {
        switch self {
        case .restorable: true
        case .unknown: nil
        case .refused: false
        }
    }

    /// Why the engine refuses it, and which one can restore it; nil where it does not, as far as anybody knows.
    package var reason: String? {
        guard case .refused(let refusal, let engine) = self else { return nil }
        let name = "\(engine.distribution.name) \(engine.major)"
        switch refusal {
        case .writtenByNewer(let version) where version.distribution != engine.distribution:
            return "written by \(version.words), which \(engine.distribution.name) does not read"
        case .writtenByNewer(let version) where version.major == engine.major:
            return "written by a newer \(version.words) than the engine is: one of that version can restore it"
        case .writtenByNewer(let version):
            return "written by \(version.words); \(name) refuses it; \(version.words) can restore it"
        case .madeByOlder(let version, let writer):
            let reader = version.newestReader(afterWriting: writer)
            let how = writer.words == version.words ? "" : " and only upgraded since"
            return "made by \(version.words)\(how); \(name) refuses it; \(reader) can restore it"
        }
    }
}

extension IndexVersion {
    /// The oldest version of an index that an engine of this version can have had in a snapshot.
    fileprivate var oldestHeld: IndexVersion { .oldestReadable(by: EngineKind(distribution, major)) }

    /// Whether it is that of a release, and no number of its own: Elasticsearch counts on by itself since 8.11.
    fileprivate var isPlain: Bool {
        distribution == .opensearch || self < IndexVersion(.elasticsearch, 8, minor: 50)
    }

    /// The last one of a release, such as `7.17.29`; of a text that is none, the last of all of its major version.
    fileprivate static func last(of version: String, _ kind: EngineKind) -> IndexVersion {
        let numbers = version.split(whereSeparator: { !$0.isASCII || !$0.isNumber }).prefix(3).compactMap { Int($0) }
        guard numbers.count == 3, numbers[0] == kind.major, numbers.allSatisfy((0...99).contains) else {
            return IndexVersion(kind.distribution, kind.major, minor: 99, patch: 99)
        }
        return IndexVersion(kind.distribution, kind.major, minor: numbers[1], patch: numbers[2] + 1)
    }

    /// In words, the newest engine that reads both what made an index and what wrote the snapshot that holds it.
    fileprivate func newestReader(afterWriting writer: IndexVersion) -> String {
        guard distribution == writer.distribution else { return writer.words }
        let kind = EngineKind(distribution, max(major + 1, writer.major))
        return "\(kind.distribution.name) \(kind.major)"
    }
}

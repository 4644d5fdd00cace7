package import Time

/// Something that a good backup holds and the one after it lacks: an index, or a version of Optimize.
package struct Lost: Sendable, Equatable {
    /// The base name of the index, or the version.
    package let name: String
    /// The newest backup that holds it.
    package let holder: String
    /// When the first one that lacked it was due.
    package let since: Instant
    /// Whether Optimize's version changed between both.
    package let isWithVersion: Bool
    /// When the holder was due, or began; nil where nobody asks.
    private let heldAt: Instant?
    /// Whether a backup was restored between both, which brings back what there was then.
    package private(set) var isWithRestore = false

    package init(
        name: String, holder: String, since: Instant, isWithVersion: Bool = false, heldAt: Instant? = nil
    ) {
        self.name = name
        self.holder = holder
        self.since = since
        self.isWithVersion = isWithVersion
        self.heldAt = heldAt
    }

    fileprivate func explained(byRestoreAt time: Instant) -> Lost {
        var lost = self
        lost.isWithRestore = heldAt.map { $0 <= time && time <= since } ?? false
        return lost
    }

    /// Whether that is not long ago; all of it counts as recent while the clocks disagree.
    ///
    /// - Parameter now: nil while they do.
    package func isRecent(within limit: Duration, at now: Instant?) -> Bool {
        limit > .zero && now.map { $0 - since <= limit } ?? true
    }
}

/// What good backups hold, the newest first: which of it later ones lack.
package struct Losses: Sendable {
    /// Indices that the newest lacks, sorted by name.
    package private(set) var indices: [Lost] = []
    /// Versions other than the newest one's, the latest first.
    package private(set) var versions: [Lost] = []
    private var seen: Set<String> = []
    private var seenVersions: Set<String> = []
    private var last: (contents: [[String]], version: String, time: Instant)?

    /// What went before is of no interest; nil if all is.
    private let start: Instant?
    /// Whether nothing older can tell more.
    package private(set) var isComplete = false

    /// - Parameter start: what went before is of no interest; nil if all is.
    package init(until start: Instant?) { self.start = start }

    /// Takes in that a backup was restored, after which indices are gone that came later.
    package mutating func explain(byRestoreAt time: Instant) {
        indices = indices.map { $0.explained(byRestoreAt: time) }
    }

    /// Takes in the next older backup.
    ///
    /// - Parameter contents: base names of what each part holds; those of most backups are the same.
    package mutating func take(_ id: String, _ contents: [[String]], version: String, at time: Instant) {
        defer {
            last = (contents, version, time)
            isComplete = start.map { time < $0 } ?? false
        }
        guard let last else {
            seen = Set(contents.joined())
            seenVersions = [version]
            return
        }
        if seenVersions.insert(version).inserted {
            versions.append(Lost(name: version, holder: id, since: last.time))
        }
        guard contents != last.contents else { return }
        for name in contents.joined() where seen.insert(name).inserted {
            indices.append(
                Lost(name: name, holder: id, since: last.time, isWithVersion: version != last.version, heldAt: time))
        }
        indices.sort { $0.name < $1.name }
    }
}

extension Losses {
    init(_ candidates: some Sequence<Candidate>, until start: Instant?) {
        self.init(until: start)
        for candidate in candidates where !candidate.contents.isEmpty && !isComplete {
            take(candidate.id, candidate.contents, version: candidate.version, at: candidate.time)
        }
    }
}

package import Time

/// A backup as retention sees it.
package struct Candidate: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        case completed
        case inProgress
        /// FAILED, INCOMPLETE or INCOMPATIBLE.
        case useless
        /// It can't be read: never good, and never deleted by a rule.
        case unreadable
    }

    package let id: String
    /// When it was due, else when it started.
    package let time: Instant
    /// When part 1 started, by the engine's clock.
    package var startTime: Instant?
    package let state: State
    /// The state in the API's words, for showing it.
    package let kind: String?
    /// Those it was taken for; none means by hand.
    package let jobs: [String]
    /// Whether this program may touch it at all.
    package let isOurs: Bool
    /// Why somebody holds it; nil if nobody does.
    package var hold: String?
    /// The cluster that took it and was ours; nil for the engine's own.
    package var cluster: FormerCluster?
    /// Base names of the indices that each part holds; empty where that can't be told.
    package var contents: [[String]]
    /// Of Optimize.
    package var version: String
    /// By the engine, as far as can be told; nil while nobody knows.
    package var isRestorable: Bool?

    package struct FormerCluster: Sendable, Hashable {
        package let uuid: String
        /// Whether it may still be alive.
        package let mayLive: Bool

        package init(uuid: String, mayLive: Bool) {
            self.uuid = uuid
            self.mayLive = mayLive
        }
    }

    package init(
        id: String, time: Instant, startTime: Instant? = nil, state: State, kind: String? = nil, jobs: [String],
        isOurs: Bool = true, hold: String? = nil, cluster: FormerCluster? = nil, contents: [[String]] = [],
        version: String = "", isRestorable: Bool? = nil
    ) {
        self.id = id
        self.time = time
        self.startTime = startTime
        self.state = state
        self.kind = kind
        self.jobs = jobs
        self.isOurs = isOurs
        self.hold = hold
        self.cluster = cluster
        self.contents = contents
        self.version = version
        self.isRestorable = isRestorable
    }
}

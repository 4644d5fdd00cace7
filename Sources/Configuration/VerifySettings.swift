package import Scheduling
internal import Time

/// `verify.*`: what a restore drill may take, and where it comes back.
package struct VerifySettings: Sendable, Equatable {
    /// In bytes; nil for as much as there is room for.
    package var maximumSize: Int64?
    package var timeout = Duration.seconds(7_200)
    /// How another engine is reached; nil where drills come back in Optimize's own.
    package var otherEngine: EngineSettings? { hasEngine ? engine : nil }
    /// What the repository is called there; nil for its name here.
    package var repositoryName: String?
    var engine = EngineSettings()
    private var hasEngine = false
}

extension VerifySettings: ConfiguredSection {
    static let unset = VerifySettings()

    static let keys: [Key<VerifySettings>] = [
        Key(
            "maximumSize", \.maximumSize, .size, unset: "as much as there is room for",
            "A drill of a larger backup is refused before it begins."),
        Key(
            "timeout", \.timeout, .duration(.seconds(60)...(.days(30))),
            "A drill that can't end within it is refused; one that does not is ended, and has proved nothing."),
        Key(
            section: "engine", \.engine, unset: ["urls": "Optimize's own engine"],
            "Another engine for drills, which touch Optimize's own not at all then: the repository has to be registered there, too, "
                + "read-only."),
        Key(
            "repositoryName", \.repositoryName, .repositoryName, unset: "as backup.repositoryName",
            "What the repository is called in the engine for drills."),
    ]

    mutating func check(_ section: Section) {
        let own = section.section("engine")
        hasEngine = own.isGiven("urls")
        let others = EngineSettings.keys.map(\.name).filter { $0 != "urls" && own.given($0) != nil }
        if !hasEngine, let first = others.first {
            own.complain(
                first, "needs verify.engine.urls beside it: without it drills come back in Optimize's own engine")
        }
        if !hasEngine, section.isGiven("repositoryName") {
            section.complain("repositoryName", "needs verify.engine.urls beside it")
        }
    }
}

extension JobSettings {
    /// `jobs.NAME.verify.*`: what is verified by itself.
    package struct Verify: Sendable, Equatable {
        /// When the job's newest good backup is verified; nil for never.
        package var schedule: Schedule?
        /// Whether it is brought back for that.
        package var isDrill = false

        package init(schedule: Schedule? = nil, isDrill: Bool = false) {
            (self.schedule, self.isDrill) = (schedule, isDrill)
        }
    }
}

extension JobSettings.Verify: ConfiguredSection {
    static let unset = JobSettings.Verify()

    static let keys: [Key<JobSettings.Verify>] = [
        Key(
            "schedule", \.schedule, .schedule(),
            "When the job's newest good backup is verified, in the job's timeZone; of several hosts one does it."),
        Key(
            "drill", \.isDrill, .flag,
            "Whether it is brought back for that, under other names beside what lives, compared, and removed again."),
    ]

    func check(_ section: Section) {
        if isDrill, schedule == nil { section.warn("drill", "does nothing without a schedule beside it") }
    }
}

extension Settings {
    /// Whether the daemon drills by the rights of whoever restores, and so has to read its secrets.
    package var drillsByRightsOfRestores: Bool {
        restore.isGiven && verify.otherEngine == nil
            && jobs.contains { $0.verify.isDrill && $0.verify.schedule != nil }
    }

    /// How the engine is reached in which drills come back.
    package var engineOfDrills: EngineSettings { verify.otherEngine ?? engineOfRestores }
}

extension Notation where Value == Int64 {
    /// So many bytes, in powers of two.
    fileprivate static let size = Self(
        allowed: "a size such as 512mb, 50gb or 2tb", text: { "\($0 / 1_048_576)mb" }
    ) { (text) throws(Refusal) in
        for (unit, shift) in [("kb", 10), ("mb", 20), ("gb", 30), ("tb", 40)] where text.lowercased().hasSuffix(unit) {
            guard let number = Int64(text.dropLast(2)), (1...1_000_000).contains(number) else { throw Refusal() }
            return number << Int64(shift)
        }
        throw Refusal()
    }
}

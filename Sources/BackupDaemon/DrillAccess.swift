package import Verification

/// By what the daemon verifies: where drills come back, and who it is.
package struct DrillAccess: Sendable {
    /// Nil for Optimize's own engine, by the rights by which backups are taken.
    package var place: DrillPlace?
    /// Which process this is.
    package var process: String
    /// Whether a process that a marker has named so is known to be gone.
    package var isGone: @Sendable (_ process: String) -> Bool

    package init(
        place: DrillPlace? = nil, process: String = "", isGone: @escaping @Sendable (String) -> Bool = { _ in false }
    ) {
        (self.place, self.process, self.isGone) = (place, process, isGone)
    }
}

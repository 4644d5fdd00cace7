/// What becomes of fire times that a change of the clock leaves out, or brings twice.
package struct ClockChangePolicy: Sendable, Hashable {
    /// When the clock is set forward over a fire time.
    package enum Gap: String, Sendable, CaseIterable {
        /// It comes at the first moment after the change.
        case runAfter
        case skip
    }

    /// When the clock is set back, and shows a time again.
    package enum Overlap: String, Sendable, CaseIterable {
        /// The first time counts.
        case once
        case twice
    }

    package var gap: Gap
    package var overlap: Overlap

    package init(gap: Gap = .runAfter, overlap: Overlap = .once) {
        self.gap = gap
        self.overlap = overlap
    }
}

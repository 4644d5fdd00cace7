package import Restores

/// A step of a verification, told to whoever shows it.
package enum VerificationEvent: Sendable {
    case restoring(RestoreEvent)
    /// Indices of earlier drills were removed, of which nobody was left to do so.
    case swept([String])
    /// Nobody is left who does a verification: that is written down.
    case interrupted(VerificationReport)
}

package typealias VerificationObserver = @Sendable (VerificationEvent) -> Void

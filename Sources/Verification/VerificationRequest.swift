package import Backups
package import Time

/// What is to be verified, and how.
package struct VerificationRequest: Sendable, Equatable {
    package var kind: VerificationNote.Kind
    package var id: BackupID
    /// Whose schedule asks for it, and for when; nil by hand.
    package var job: String?
    package var due: Instant?

    package init(_ kind: VerificationNote.Kind, of id: BackupID, job: String? = nil, due: Instant? = nil) {
        (self.kind, self.id, self.job, self.due) = (kind, id, job, due)
    }

    /// What its markers are about.
    var subject: String { job ?? id.description }
}

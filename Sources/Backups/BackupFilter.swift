/// Which backups somebody wants to see; what is nil doesn't matter.
package struct BackupFilter: Sendable, Equatable {
    /// The job that it was taken for, perhaps among others.
    package var job: String?
    package var state: BackupState?
    /// Of the id; `*` stands for any text.
    package var pattern: String?

    package init(job: String? = nil, state: BackupState? = nil, pattern: String? = nil) {
        self.job = job
        self.state = state
        self.pattern = pattern
    }

    package func admits(_ backup: Backup) -> Bool {
        (job.map(backup.isFor) ?? true)
            && (state.map { backup.state == $0 } ?? true)
            && (pattern.map { isMatch(backup.id.description, $0) } ?? true)
    }
}

private func isMatch(_ text: String, _ pattern: String) -> Bool {
    let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard let first = pieces.first, let last = pieces.last, pieces.count > 1 else { return text == pattern }
    guard text.hasPrefix(first), text.hasSuffix(last), text.count >= first.count + last.count else { return false }
    // Between both ends each piece is taken where it comes first.
    var rest = text.dropFirst(first.count).dropLast(last.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
        guard let found = rest.firstRange(of: piece) else { return false }
        rest = rest[found.upperBound...]
    }
    return true
}

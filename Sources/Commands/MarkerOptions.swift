internal import Backups
internal import CommandLine
internal import Time

extension Invocation {
    /// What `--until` says; nil without.
    func end() throws(UsageError) -> Instant? {
        guard let text = self["until"] else { return nil }
        do {
            return try Instant(rfc3339: text)
        } catch {
            throw UsageError("--until: \(error)")
        }
    }
}

extension RepositoryMarkers {
    /// Waits for a marker that is still pending behind other snapshots; nil is none.
    func untilStands(_ pending: MarkerName?, _ what: String, _ output: Output) async throws(BackupError) {
        guard let pending else { return }
        output.note("\(what) counts, and stands once the snapshots before it have ended; waiting for \(pending)")
        while try await !confirm(pending, within: .seconds(60)) { output.note("\(pending) is still pending") }
    }
}

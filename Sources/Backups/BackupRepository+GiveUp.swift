internal import ElasticsearchClient

extension BackupRepository {
    /// Tells and notes that an attempt has ended without success; returns why, in the attempt's own words.
    ///
    /// - Parameter hasBegun: whether the engine had accepted its part 1; else what has its id may be somebody else's.
    func ended(_ first: PartRun, _ failure: BackupError, hasBegun: Bool) async -> BackupError {
        let error = failure.code == .cancelled ? first.cancelled : failure
        // Nobody tries again what was ordered by hand.
        if hasBegun, error.endsAttempt || first.metadata.due == nil && error.endsOrder {
            await noteFailed(first.name.id, error)
        }
        first.observe(BackupEvent(id: first.name.id, .failed(error)))
        return error
    }

    /// Writes down that an attempt has failed for good, where its snapshots alone would let it seem in progress.
    ///
    /// While one of them runs, somebody else may bring it to a good end. Without an answer nothing is written: then whoever sees the
    /// attempt may go on with it.
    package func noteFailed(_ id: BackupID, _ error: BackupError) async {
        do throws(BackupError) {
            let backup = try await find(id)
            guard backup.state == .inProgress, !backup.parts.contains(where: { $0.snapshot.state == .inProgress })
            else {
                return
            }
            _ = try await markAndConfirm(
                .failed, id.description, reason: error.description, by: settings.instance, within: .seconds(2))
        } catch {
            // What can't be written down is told all the same.
        }
    }
}

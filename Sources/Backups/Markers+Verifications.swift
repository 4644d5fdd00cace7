package import Time

extension Markers {
    /// Verifications that have begun, and of which no report says how they ended.
    package var runningVerifications: [Marker] {
        all.filter { $0.kind == .verify && $0.verification?.outcome == nil && report(on: $0) == nil }
    }

    /// How the last verification of a job ended; of a backup, where it was asked for by hand.
    ///
    /// - Parameter outcome: only one that ended so.
    package func verification(
        of subject: String, _ kind: VerificationNote.Kind, _ outcome: VerificationNote.Outcome? = nil
    ) -> Marker? {
        reports.filter { marker in
            guard self.subject(of: marker) == subject, marker.verification?.kind == kind else { return false }
            return outcome.map { marker.verification?.outcome == $0 } ?? true
        }
        .max { $0.name.number < $1.name.number }
    }

    /// The last verdict on a job's backups, by its schedule; after a bad one that of somebody who has looked by hand and found what counts
    /// instead well.
    ///
    /// - Parameter takesBack: whether a backup that is well takes back that another was found damaged.
    package func lastVerdict(
        onBackupsOf job: String, by kinds: [VerificationNote.Kind] = VerificationNote.Kind.allCases,
        takesBack: (_ well: BackupID, _ damaged: BackupID) -> Bool
    ) -> Marker? {
        let outcomes: [VerificationNote.Outcome] = [.success, .failed]
        let verdicts = kinds.flatMap { kind in outcomes.compactMap { verification(of: job, kind, $0) } }
        guard let last = verdicts.max(by: { $0.name.number < $1.name.number }), let note = last.verification else {
            return nil
        }
        guard note.outcome == .failed else { return last }
        let later = reports.filter { report in
            guard let again = report.verification, report.name.number > last.name.number else { return false }
            return again.kind == note.kind && again.outcome == .success
                && takesBack(again.backup, note.backup)
        }
        return later.max { $0.name.number < $1.name.number } ?? last
    }

    /// The last verdict on a backup: a drill's before a check's, which proves less.
    ///
    /// - Parameter start: of the backup: what was said before is about an earlier one of that id.
    package func verdict(on id: BackupID, begunAt start: Instant?) -> Marker? {
        let verdicts = reports.filter { marker in
            guard let note = marker.verification, note.backup == id, note.outcome != .skipped else { return false }
            // The engine's second may be told two seconds wrong.
            return (note.begun ?? marker.date) >= (start ?? marker.date) - .seconds(2)
        }
        func newest(_ kind: VerificationNote.Kind) -> Marker? {
            verdicts.filter { $0.verification?.kind == kind }.max { $0.name.number < $1.name.number }
        }
        let (drill, check) = (newest(.drill), newest(.check))
        // What a later check has found to be damaged can't be brought back, whatever was so before.
        if let check, check.verification?.outcome == .failed, check.name.number > drill?.name.number ?? 0 {
            return check
        }
        return drill ?? check
    }

    /// Whether a verification for a time of a job's schedule was begun, or is over, on whatever host.
    ///
    /// - Parameters:
    ///   - now: of the engine's clock: what is for a time ahead, since a clock was wrong, does not count.
    ///   - own: a marker that does not count.
    package func hasVerification(
        of job: String, _ kind: VerificationNote.Kind, dueAt time: Instant, at now: Instant,
        besides own: MarkerName? = nil
    ) -> Bool {
        all.contains { marker in
            guard marker.kind == .verify, marker.name != own, self.subject(of: marker) == job else { return false }
            // What can't be read says by its number for which time it is.
            guard let note = marker.verification else { return marker.name.number == time.secondsSinceEpoch }
            return note.kind == kind && note.due.map { $0 >= time && $0 <= now + .seconds(60) } ?? false
        }
    }

    /// Whether a newer report says all that a verification's marker does.
    func isSpent(verification marker: Marker) -> Bool {
        guard let note = marker.verification else { return false }
        guard let outcome = note.outcome else { return report(on: marker) != nil }
        return reports.contains { other in
            other.name.number > marker.name.number && other.subject == marker.subject
                && other.verification?.kind == note.kind && other.verification?.outcome == outcome
        }
    }

    private var reports: [Marker] { all.filter { $0.kind == .verify && $0.verification?.outcome != nil } }

    private func report(on claim: Marker) -> Marker? {
        guard let note = claim.verification else { return nil }
        return reports.first { report in
            report.subject == claim.subject && report.verification?.kind == note.kind
                && report.verification?.backup == note.backup && report.verification?.begun == note.begun
                && report.verification?.due == note.due
        }
    }
}

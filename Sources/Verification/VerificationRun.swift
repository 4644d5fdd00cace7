package import Backups
package import Restores
internal import Time

/// A verification: looks at a backup, and in a drill brings it back beside what lives, compares it, and removes it again.
///
/// What it changes stands in the repository first: a marker that says who does it, so that whoever comes later can clean up.
package struct VerificationRun: Sendable {
    package struct Settings: Sendable {
        /// Who does it, such as `root@host`.
        package var by: String
        /// Which process does it.
        package var process: String
        /// Whether a process that an earlier run has named so is known to be gone.
        package var isGone: @Sendable (_ process: String) -> Bool
        package var limits: DrillLimits
        /// How long nothing may move before a drill comes to nothing.
        package var stallLimit = Duration.seconds(900)
        /// How long it is looked on where an order may still be carried out that got no answer.
        package var watchTime = Duration.seconds(60)

        package init(
            by: String, process: String, isGone: @escaping @Sendable (_ process: String) -> Bool,
            limits: DrillLimits = DrillLimits()
        ) {
            (self.by, self.process, self.isGone, self.limits) = (by, process, isGone, limits)
        }

        /// When a drill is over, whatever has become of its process: its own end, removal and a host's clock included.
        var life: Duration { limits.timeout * 3 + .seconds(7_200) }
    }

    package let request: VerificationRequest
    /// Where this Optimize's backups and markers stand.
    let home: BackupRepository
    let place: DrillPlace
    let settings: Settings
    let observe: VerificationObserver

    package init(
        _ request: VerificationRequest, in home: BackupRepository, at place: DrillPlace, settings: Settings,
        observe: @escaping VerificationObserver = { _ in }
    ) {
        (self.request, self.home, self.place) = (request, home, place)
        (self.settings, self.observe) = (settings, observe)
    }

    /// Verifies, and writes down what that came to.
    ///
    /// - Returns: nil where a verification for that time of the schedule was begun, or is over, whoever did it.
    /// - Throws: what kept it from beginning; what it met later stands in the report, unless it was cancelled.
    package func run() async throws(BackupError) -> VerificationReport? {
        let start = home.clock.uptime()
        _ = await home.engineClock.trustedTime()
        let now = home.engineClock.now()
        if let due = request.due, due > now + .seconds(60) {
            throw BackupError(.tooLate, "\(due.rfc3339) is ahead by the engine's clock, which says \(now.rfc3339)")
        }
        let note = VerificationNote(
            request.kind, of: request.id, process: settings.process, deadline: now + settings.life, due: request.due,
            begun: Instant(secondsSinceEpoch: now.secondsSinceEpoch))
        var claim: MarkerName?
        if request.kind == .drill || request.due != nil {
            guard let made = try await makeClaim(note) else { return nil }
            claim = made
        }
        var report = VerificationReport(request, begun: now)
        do throws(BackupError) {
            if let claim { try await confirm(claim) }
            try await verify(&report, claim)
        } catch {
            // Whoever comes next cleans up.
            if error.code == .cancelled { throw error }
            report.failure = error
        }
        report.duration = home.clock.uptime() - start
        await writeDown(&report, note, claim)
        return report
    }

    private func verify(_ report: inout VerificationReport, _ claim: MarkerName?) async throws(BackupError) {
        if request.kind == .drill {
            _ = try await DrillSweep(in: home, at: place, settings: settings, observe: observe).run()
        }
        try await BackupCheck(repository: home, limit: settings.limits.timeout).look(at: request.id, &report)
        guard let claim, request.kind == .drill, report.outcome != .failed else { return }
        try await Drill(run: self, name: DrillName(of: claim)).rehearse(&report)
    }

    /// Says in the repository that it is done, and by whom; nil where somebody else does it, or has.
    private func makeClaim(_ note: VerificationNote) async throws(BackupError) -> MarkerName? {
        let (subject, markers) = (request.subject, home.markers)
        let marker: MarkerName
        if let due = request.due {
            guard
                try await !markers.current().hasVerification(
                    of: subject, request.kind, dueAt: due, at: home.engineClock.now()),
                let made = try await markers.claim(
                    .verify, subject, at: due, until: due + .days(60), by: settings.by, more: note.members)
            else { return nil }
            marker = made
        } else {
            marker = try await markers.mark(
                .verify, subject, until: home.engineClock.now() + .days(60), by: settings.by, more: note.members)
        }
        // Whoever was first may have come to its end, and made room for that name, since it was asked for.
        if let due = request.due,
            try await markers.current().hasVerification(
                of: subject, request.kind, dueAt: due, at: home.engineClock.now(), besides: marker)
        {
            try? await markers.remove(marker.description)
            return nil
        }
        return marker
    }

    /// It waits for snapshots that run: nobody waits long for what a person has asked for.
    private func confirm(_ marker: MarkerName) async throws(BackupError) {
        guard try await home.markers.confirm(marker, within: request.due == nil ? .seconds(60) : .seconds(1_800)) else {
            throw BackupError(
                .repositoryBusy,
                "the marker \(marker) waits for other snapshots of the repository: verify once they have ended")
        }
    }

    /// Writes a report; the marker that said that it runs goes then.
    private func writeDown(
        _ report: inout VerificationReport, _ note: VerificationNote, _ claim: MarkerName?
    ) async {
        do throws(BackupError) {
            try await home.markers.report(on: note, claim, by: settings.by, report)
        } catch {
            report.remarks.append("what it came to could not be written into the repository: \(error)")
        }
    }
}

extension RepositoryMarkers {
    /// Writes what a verification has come to, and removes the marker that said that it runs.
    ///
    /// One that can't be removed now, since a snapshot runs, is undone by the report.
    func report(
        on note: VerificationNote, _ claim: MarkerName?, by: String, _ report: VerificationReport
    ) async throws(BackupError) {
        var note = note
        (note.outcome, note.duration, note.deadline) = (report.outcome, report.duration, nil)
        (note.indices, note.documents) = (report.indices, report.documents)
        if let claim, note.kind == .drill { note.drill = DrillName(of: claim).digits }
        let failure = report.words.map { BackupError(report.failure?.code ?? .damaged, $0) }
        _ = try await mark(
            .verify, report.request.subject, until: report.begun + .days(400), by: by,
            failure: report.outcome == .success ? nil : failure, more: note.members)
        if let claim { try? await remove(claim.description) }
    }
}

extension Duration {
    static func days(_ number: Int) -> Duration { .seconds(number * 86_400) }
}

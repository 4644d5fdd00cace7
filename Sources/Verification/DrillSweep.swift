package import Backups
internal import ElasticsearchClient
internal import Time

/// Sees to drills of which nobody is left: removes their indices, and writes down that they came to nothing.
package struct DrillSweep: Sendable {
    private let home: BackupRepository
    private let place: DrillPlace
    private let settings: VerificationRun.Settings
    private let observe: VerificationObserver

    package init(
        in home: BackupRepository, at place: DrillPlace, settings: VerificationRun.Settings,
        observe: @escaping VerificationObserver = { _ in }
    ) {
        (self.home, self.place, self.settings, self.observe) = (home, place, settings, observe)
    }

    /// - Returns: what could not be removed.
    /// - Throws: what keeps it from being told what there is.
    package func run() async throws(BackupError) -> [String] {
        let markers = try await home.markers.current()
        let abandoned = markers.runningVerifications.filter(isAbandoned)
        let client = place.repository.client.attended
        let listed = try await place.repository.attempt("looking for what drills have left") { () throws(EngineError) in
            try await client.indices(matching: DrillName.pattern)
        }
        // What came after its drill had ended is known by the report.
        let reported = markers.all.compactMap { $0.verification?.drill }.map(DrillName.init(digits:))
        let known = Set(abandoned.map { DrillName(of: $0.name) } + reported)
        let found = listed.filter { index in DrillName(ofIndex: index).map(known.contains) ?? false }
        var left: [String] = []
        if !found.isEmpty {
            left = await DrillRemoval(place: place.repository, watchTime: .zero)
                .remove(Set(found.compactMap(DrillName.init(ofIndex:))), within: .seconds(60))
            let gone = found.filter { !left.contains($0) }
            if !gone.isEmpty { observe(.swept(gone)) }
        }
        for marker in abandoned where !left.contains(where: { DrillName(ofIndex: $0) == DrillName(of: marker.name) }) {
            try await writeDown(marker)
        }
        return left
    }

    /// Whether nobody does any more what a marker says.
    private func isAbandoned(_ marker: Marker) -> Bool {
        guard let note = marker.verification else { return false }
        if let deadline = note.deadline, deadline < home.engineClock.now() { return true }
        return settings.isGone(note.process)
    }

    private func writeDown(_ marker: Marker) async throws(BackupError) {
        guard let note = marker.verification else { return }
        let job = note.due == nil ? nil : marker.subject
        var report = VerificationReport(
            VerificationRequest(note.kind, of: note.backup, job: job, due: note.due),
            begun: note.begun ?? marker.date)
        report.failure = BackupError(.cancelled, "it was interrupted: nobody is left who does it")
        try await home.markers.report(on: note, marker.name, by: settings.by, report)
        observe(.interrupted(report))
    }
}

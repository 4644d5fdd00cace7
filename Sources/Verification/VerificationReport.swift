package import Backups
package import JSON
package import Restores
package import Time

/// What a verification came to.
package struct VerificationReport: Sendable, Equatable {
    package let request: VerificationRequest
    package let begun: Instant
    package internal(set) var duration = Duration.zero
    package internal(set) var findings: [VerificationFinding] = []
    /// Why a drill was not begun.
    package internal(set) var obstacles: [RestoreObstacle] = []
    /// Why it came to no verdict, though it had begun.
    package internal(set) var failure: BackupError?
    /// What else is to be said.
    package internal(set) var remarks: [String] = []
    /// Of what came back, or of what stands in the backup.
    package internal(set) var indices = 0
    package internal(set) var shards: Int?
    package internal(set) var bytes: Int64?
    /// Of what came back; nested ones count by themselves.
    package internal(set) var documents: Int64?
    /// Indices of what came back whose documents could be compared with what lives, since nothing was written to those.
    package internal(set) var compared: Int?
    /// Indices of a drill that could not be removed; the next start tries again.
    package internal(set) var left: [String] = []

    init(_ request: VerificationRequest, begun: Instant) {
        (self.request, self.begun) = (request, begun)
    }

    package var outcome: VerificationNote.Outcome {
        if findings.contains(where: \.isVerdict) { return .failed }
        guard obstacles.isEmpty, failure == nil else { return .skipped }
        // All of it came back, whatever ails the repository.
        return findings.isEmpty || request.kind == .drill ? .success : .skipped
    }

    /// What stands in the way of a success, in one line; nil after one.
    package var words: String? {
        let all = findings.map(\.description) + obstacles.map(\.description) + (failure.map { ["\($0)"] } ?? [])
        return all.isEmpty ? nil : all.joined(separator: "; ")
    }
}

extension VerificationReport: JSONWritable {
    package var json: JSONValue {
        [
            "backupId": request.id.json, "kind": request.kind.rawValue.json, "job": request.job.json,
            "outcome": outcome.rawValue.json, "findings": findings.json, "obstacles": obstacles.json,
            "failure": (failure?.description).json, "remarks": remarks.json, "startTime": begun.rfc3339.json,
            "durationSeconds": duration.seconds.json, "indices": indices.json, "shards": shards.json,
            "sizeInBytes": bytes.json, "documents": documents.json, "comparedIndices": compared.json,
            "left": left.json,
        ]
    }
}

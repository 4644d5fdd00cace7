internal import Backups
internal import ElasticsearchClient
internal import Restores
internal import Text
internal import Time

/// Looks at a backup and its repository, all of it read afresh; brings nothing back.
struct BackupCheck {
    let repository: BackupRepository
    /// For the engine's own check of the whole repository.
    let limit: Duration

    func look(at id: BackupID, _ report: inout VerificationReport) async throws(BackupError) {
        try await lookAtStorage(&report)
        let backup = try await repository.backups.find(id, in: .ours)
        guard backup.state != .inProgress else {
            throw BackupError(.repositoryBusy, "the backup \(id) is in progress: verify it once it has ended")
        }
        var contents: [String: RestoreFindings.Contents] = [:]
        for part in backup.countingParts where part.state == .success {
            contents[part.name.description] = try await self.contents(of: part, report)
        }
        report.findings += BackupFlaws(backup, contents).obstacles.compactMap { VerificationFinding($0) }
        report.indices = backup.countingParts.reduce(0) { $0 + $1.indices.count }
        let read = contents.values.compactMap { if case .read(let read) = $0 { read } else { nil } }
        report.shards = read.reduce(0) { $0 + $1.shards.values.reduce(0, +) }
        let sizes = read.compactMap(\.bytes)
        report.bytes = sizes.count == read.count ? sizes.reduce(0, +) : nil
        try await askEngine(&report)
    }

    /// Asked twice where it can't be read; from a storage that refuses as a whole nothing can be told of one backup.
    private func contents(
        of part: Part, _ report: VerificationReport
    ) async throws(BackupError) -> RestoreFindings.Contents {
        var tries = 0
        while true {
            let contents = try await repository.contents(of: part)
            tries += 1
            guard case .unreadable(let words) = contents else { return contents }
            guard report.findings.isEmpty else {
                throw BackupError(.storageFailed, "\(part.name) can't be read while the storage refuses: \(words)")
            }
            if tries == 3 { return contents }
            try await repository.pause(.seconds(1), while: "reading \(part.name) again")
        }
    }

    /// Lets the nodes write to the repository, where they may.
    private func lookAtStorage(_ report: inout VerificationReport) async throws(BackupError) {
        do throws(BackupError) {
            _ = try await repository.storage.verify()
        } catch {
            switch error.code {
            case .storageFailed: report.findings.append(VerificationFinding(.repository, "\(error)"))
            case .engineDenied, .configuration:
                report.remarks.append("whether the storage can be written was not tried: \(error)")
            default: throw error
            }
        }
    }

    private func askEngine(_ report: inout VerificationReport) async throws(BackupError) {
        do {
            let anomalies = try await repository.client.anomalies(in: repository.name, within: limit)
            guard !anomalies.isEmpty else { return }
            let more = anomalies.count > 5 ? ", and \((anomalies.count - 5).of("more", "more"))" : ""
            report.findings.append(
                VerificationFinding(
                    .integrity, "the engine finds \(anomalies.prefix(5).joined(separator: "; "))\(more)"))
        } catch {
            switch error.code {
            case .notOffered: break
            case .cancelled: throw BackupError("checking the repository \(repository.name)", error)
            default: report.remarks.append("the engine's own check of the repository came to nothing: \(error)")
            }
        }
    }
}

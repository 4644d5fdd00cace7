internal import Backups
internal import ElasticsearchClient
internal import Engines
internal import Time

extension CheckCommand {
    /// Tells of good backups that the engine refuses to restore: a problem if there is no other.
    func warnOfRefused(_ look: RepositoryLook, _ report: inout Report) {
        let refused = RefusedBackups(look.backups, at: repository.engineClock.now() + .seconds(60))
        guard let words = refused.words else { return }
        guard refused.newestRestorable == nil else { return report.remark(words) }
        report.problems.append(words)
        report.status = max(report.status, .failure)
    }

    /// Tells, before an upgrade, of indices that the next major version of the engine neither opens nor restores.
    func warnOfUpgrade(_ selection: IndexSelection, _ engine: EngineDescription, _ report: inout Report) async {
        let versions: [String: IndexVersion]
        do {
            versions = try await repository.client.versions(ofIndices: repository.optimize.pattern)
        } catch {
            return report.remark(
                "whether the engine's next major version takes all indices can't be told: their settings can't be read: \(error)"
            )
        }
        let next = EngineKind(engine.distribution, engine.kind.major + 1)
        let limit = IndexVersion.oldestReadable(by: next)
        let indices = selection.firstPart + selection.secondPart
        let untold = indices.filter { versions[$0] == nil }
        if !untold.isEmpty {
            report.remark(
                "of which version of the engine they are can't be told, so whether the next one takes them: "
                    + untold.joined(separator: ", "))
        }
        let old = Dictionary(grouping: indices.filter { versions[$0].map { $0 < limit } ?? false }) {
            versions[$0]?.words ?? ""
        }
        for (maker, names) in old.sorted(by: { $0.key < $1.key }) {
            report.remark(
                "made by \(maker): \(names.joined(separator: ", ")): \(next.distribution.name) \(next.major) neither opens them nor "
                    + "restores a backup that holds them: reindex them before such an upgrade, and take a backup then")
        }
    }
}

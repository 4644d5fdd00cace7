internal import BackupDaemon
internal import Backups
internal import Configuration
internal import Retention
internal import Time

/// Who else writes the repository, and what is gone.
extension CheckCommand {
    /// Names other clusters with backups of our prefix, and how they become ours.
    func warnOfClusters(_ look: RepositoryLook, _ report: inout Report) {
        let now = repository.engineClock.now()
        let rivals = Set(look.rivals(at: now).map(\.uuid))
        let former = settings.backup.formerClusters
        for other in look.clusters {
            if rivals.contains(other.uuid) {
                report.problems.append(other.wordsOnRivalry)
                report.status = max(report.status, .failure)
            }
            guard !other.isFormer else {
                let living =
                    "it was ours, as configured, and may still be alive: nothing of it is pruned while its newest backup is this young"
                if other.mayLive(at: now) {
                    report.remark("\(other.summary): \(living)")
                } else {
                    report.notes.append("\(other.summary) are ours, as configured")
                }
                continue
            }
            let list = (former + [other.uuid]).joined(separator: ", ")
            var words = "\(other.summary) are not ours; if they were, add to 'backup': formerClusters: [\(list)]"
            if other.mayLive(at: now) {
                words +=
                    "; but it may still be alive, its newest backup being younger than two of its intervals: a twin or a clone "
                    + "of this Optimize is none that was ours"
            }
            report.remark(words)
        }
    }

    /// Names what good backups hold and Optimize lacks.
    func compare(
        _ look: RepositoryLook, with selection: IndexSelection, _ version: String?, _ report: inout Report
    ) {
        let now = repository.engineClock.now()
        let limit = settings.retentionDefaults.keepVanishedFor
        let losses = look.losses(at: now, within: limit, live: (selection.contents, version))
        for index in losses.indices where index.isRecent(within: limit, at: now) {
            let words = "gone from Optimize: the index \(index.words)"
            if index.isSuspicious {
                report.problems.append(
                    "\(words), which stays until \((index.since + limit).toTheSecond) (setting: retentionDefaults.keepVanishedFor)"
                )
                report.status = max(report.status, .failure)
            } else {
                report.notes.append(words)
            }
        }
    }
}

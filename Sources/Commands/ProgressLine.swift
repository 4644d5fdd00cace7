internal import Backups
internal import Text
internal import Time

/// Turns the steps of a backup into a line of progress for a terminal, and into notes of what a person should know.
struct ProgressLine: Sendable {
    let output: Output

    func observe(_ event: BackupEvent) {
        switch event.step {
        case .takenUp(let instance):
            output.note("\(event.id) was begun on \(instance) and is gone on with")
        case .versionChanged(let configured, let version):
            output.note(
                "Optimize is of version \(version), not \(configured): the backup is named after what it is "
                    + "(setting: backup.optimizeVersion)")
        case .waitingForOthers(let names):
            output.note(
                "waiting for \(names.joined(separator: ", ")), which others ordered (setting: backup.waitForOthers)")
        case .startingBesideOthers(let names, _):
            // What a person orders waits for nobody.
            output.note("\(names.joined(separator: ", ")) still in progress: starting beside it")
        case .partStarted(let part, _, let indices):
            output.progress(bar(part: part, fraction: 0, indices.of("index", "indices")))
        case .partProgress(let part, let fraction):
            output.progress(bar(part: part, fraction: fraction, fraction.inPercent))
        case .partCompleted(let part, _):
            output.progress(bar(part: part, fraction: 1, "done"))
        case .indicesChanged(let part, let error):
            output.note("part \(part): an index went away, looking again: \(error)")
        case .retrying(let part, let error, let delay):
            output.note("part \(part): trying again in \(delay.text): \(error)")
        case .unknown(let part, let error):
            output.note("part \(part): nobody can tell how it is, asking on: \(error)")
        case .uncovered(let names):
            guard !names.isEmpty else { return }
            output.note(
                "in no backup, since not named as Optimize names its indices: \(names.joined(separator: ", ")) "
                    + "(setting: backup.indexPrefix)")
        case .leftOut(let names):
            output.note("not in it, since they came while it was taken: \(names.joined(separator: ", "))")
        case .completed, .foundCompleted, .failed, .deleted:
            output.clearProgress()
        }
    }

    /// How far a backup is that somebody else takes.
    func show(_ backup: Backup) {
        let part = backup.parts.map(\.name.part).max() ?? 1
        let fraction = backup.progress ?? 0
        output.progress(bar(part: part, fraction: fraction * 2 - Double(part - 1), "\(Int(fraction * 100)) %"))
    }

    /// Both parts as one bar of forty characters.
    private func bar(part: Int, fraction: Double, _ words: String) -> String {
        let filled = min(max(Int((Double(part - 1) + fraction) * 20), 0), 40)
        return
            "[\(String(repeating: "#", count: filled))\(String(repeating: " ", count: 40 - filled))] part \(part): \(words)"
    }
}

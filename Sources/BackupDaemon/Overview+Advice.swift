internal import Backups
internal import Configuration
internal import Retention
internal import Verification

extension Standing {
    /// What to do about a component that is not simply up, each a sentence with the command to run.
    func advice(on component: Health.Component) -> [Phrase] {
        let isDown = component.status == .down
        switch component.name {
        case "engine", "repository":
            guard component.status != .unknown else { return [] }
            return ["\(command: "optimize-backup check") says all that is wrong, and what to do."]
        case "indices":
            guard isDown, let holder = vanished?.first?.holder else { return [] }
            return ["\(command: "optimize-backup restore \(holder) --dry-run") shows what a restore would bring back."]
        case "scheduler":
            return isDown ? ["\(command: "systemctl restart optimize-backup") starts it anew."] : []
        case "retention":
            return ["\(command: "optimize-backup prune --dry-run") shows what would go, and what would stay."]
        case "configuration":
            return isDown
                ? ["\(command: "optimize-backup check --config-only") names each mistake with its place."] : []
        default:
            let name = component.name.dropFirst("job-".count)
            guard let index = jobs.firstIndex(where: { $0.settings.name == name }) else { return [] }
            return advice(on: jobs[index], isDown: isDown)
        }
    }

    private func advice(on job: Job, isDown: Bool) -> [Phrase] {
        let name = job.settings.name
        let create: Phrase = "\(command: "optimize-backup create --job \(name)") takes a backup now."
        if let marker = damage(of: name) {
            let id = marker.verification?.backup.description ?? ""
            return ["\(command: "optimize-backup show \(id)") tells what was found.", create]
        }
        let journal: Phrase = "\(command: "journalctl -u optimize-backup BACKUP_JOB=\(name)") tells what happened."
        if isDown { return [journal, create] }
        if job.lastFailure != nil { return [journal] }
        return seen?.markers.pause(of: name) == nil
            ? [] : ["\(command: "optimize-backup resume \(name)") ends the pause."]
    }
}

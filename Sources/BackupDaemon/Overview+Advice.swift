internal import Backups
internal import Configuration
internal import Retention

extension Standing {
    /// What to do about a component that is not simply up, each a sentence with the command to run.
    func advice(on component: Health.Component) -> [Phrase] {
        let remedy: [Phrase] = component.remedy.map { ["\(Phrase(quoting: $0))."] } ?? []
        let isDown = component.status == .down
        switch component.name {
        case "engine", "repository", "configuration": return remedy
        case "indices":
            guard isDown, let holder = vanished?.first?.holder else { return remedy }
            return remedy + [
                "\(command: "optimize-backup restore \(holder) --dry-run") shows what would come back, and what is in its way."
            ]
        case "scheduler":
            return isDown ? ["\(command: "systemctl restart optimize-backup") starts it anew."] : remedy
        case "retention":
            return isDown
                ? remedy : ["\(command: "optimize-backup prune --dry-run") shows what would go, and what would stay."]
        default:
            let name = component.name.dropFirst("job-".count)
            guard let index = jobs.firstIndex(where: { $0.settings.name == name }) else { return remedy }
            return remedy + advice(on: jobs[index], isDown: isDown)
        }
    }

    /// What there is to do besides what mends it.
    private func advice(on job: Job, isDown: Bool) -> [Phrase] {
        let name = job.settings.name
        if let marker = damage(of: name) {
            let id = marker.verification?.backup.description ?? ""
            return ["\(command: "optimize-backup show \(id)") tells what was found."]
        }
        if isDown || job.lastFailure != nil {
            return ["\(command: "journalctl -u optimize-backup BACKUP_JOB=\(name)") tells what happened."]
        }
        return seen?.markers.pause(of: name) == nil
            ? [] : ["\(command: "optimize-backup resume \(name)") ends the pause."]
    }
}

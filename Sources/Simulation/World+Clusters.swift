internal import Backups
internal import HTTP
internal import JSON
internal import SimulatedEngine
internal import Time

/// Several clusters, and one repository.
extension World {
    /// The uuid of the cluster that there is.
    var cluster: String { engine.withState(\.clusterUUID) }

    /// The cluster is lost, with whatever ran in it, and rebuilt; to be called when no daemon lives.
    func rebuildCluster() {
        let old = cluster
        epoch += 1
        formerClusters.append(old)
        engine.withState { $0.rebuild(as: "rebuilt-\(epoch)") }
        log("the cluster \(old) is lost, and \(cluster) comes in its place")
    }

    /// The old cluster was not dead after all, and takes a backup.
    func addTwinBackup(of cluster: String, dueAt time: Instant) {
        let now = trueTime
        let metadata: JSONValue = [
            "format": 1, "createdBy": "optimize-backup/1.0.0", "instance": "twin", "cluster": .string(cluster),
            "prefix": "optimize", "dueTime": .string(time.rfc3339), "jobs": ["nightly"], "attempt": 1,
            "schedule": "0000",
        ]
        engine.withState { state in
            let plan = state.nextSnapshot
            state.nextSnapshot = (.milliseconds(1), .success)
            defer { state.nextSnapshot = plan }
            let taken = Set((state.repositories["backups"]?.snapshots ?? []).compactMap { SnapshotName($0.name)?.id })
            var second = time
            while taken.contains(BackupID(fireTime: second)) { second = second + .seconds(1) }
            for part in 1...2 {
                let name = SnapshotName(id: BackupID(fireTime: second), version: "8.6.0", part: part).description
                let body: JSONValue = ["indices": ["somebody-elses"], "metadata": metadata]
                let order = HTTPRequest(.put, "/_snapshot/backups/\(name)", body: body.bytes)
                _ = state.respond(to: order, at: now + .milliseconds(part))
            }
        }
        log("the cluster \(cluster) takes a backup for \(time.rfc3339)")
    }

    /// What another cluster took goes only when a person says so, and never the newest good one that it took.
    func checkClusters(_ names: [String], _ instance: Instance) {
        let (own, prefix) = (cluster, "optimize")
        let all = engine.withState { $0.repositories["backups"]?.snapshots ?? [] }
        for snapshot in all where names.contains(snapshot.name) {
            if let marker = MarkerName(snapshot.name), let owner = marker.owner {
                let isOwn = owner == BackupOwner(cluster: own, prefix: prefix).hash
                if !isOwn { fail("\(instance.name) removes \(marker), which another cluster has written") }
            }
            guard let id = SnapshotName(snapshot.name)?.id, !instance.chosenForDeletion.contains(id),
                let other = snapshot.metadata?["cluster"]?.string, other != own
            else { continue }
            if instance.operation != "prune" {
                fail("\(instance.name) deletes \(snapshot.name), which the cluster \(other) took")
            } else if !formerClusters.contains(other)
                || newestGood(of: other)?.parts.map(\.name).contains(snapshot.name) ?? false
            {
                fail(
                    "\(instance.name) prunes \(snapshot.name), the newest good one of the cluster \(other), or a stranger's"
                )
            }
        }
    }

    /// The newest good backup that a cluster took.
    func newestGood(of cluster: String) -> TrueBackup? {
        trueBackups(of: cluster).max { ($0.time, $0.id.description) < ($1.time, $1.id.description) }
    }
}

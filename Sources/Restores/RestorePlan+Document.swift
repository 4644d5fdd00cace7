internal import Backups
internal import ElasticsearchClient
package import JSON
internal import Time

/// A plan as `restore -o json` prints it.
extension RestorePlan: JSONWritable {
    package var json: JSONValue { .object(members) }

    var members: [String: JSONValue] {
        [
            "backupId": id.json, "version": version.json, "startTime": (time?.rfc3339).json, "cluster": cluster.json,
            "renamePrefix": (renaming?.newPrefix).json, "parts": parts.json, "delete": deleted.json,
            "takesSafetyBackup": takesSafetyBackup.json, "safetyBackup": safetyBackup.json,
            "hold": held.json, "continues": (continued?.name.description).json, "phase": phase.rawValue.json,
            "writesMarker": writesMarker.json, "obstacles": obstacles.json, "warnings": warnings.json,
        ]
    }
}

extension RestorePlan.Part: JSONWritable {
    package var json: JSONValue {
        [
            "snapshotName": snapshot.json, "indices": indices.json, "shards": shards.json,
            "sizeInBytes": bytes.json,
        ]
    }
}

/// What a restore came to: its plan, and more.
extension RestoreReport: JSONWritable {
    package var json: JSONValue {
        let more: [String: JSONValue] = [
            "restored": true, "durationSeconds": duration.seconds.json, "shards": shards.json,
            "documents": documents.json, "withoutAlias": withoutAlias.json, "safetyBackup": safetyBackup.json,
        ]
        return .object(plan.members.merging(more) { $1 })
    }
}

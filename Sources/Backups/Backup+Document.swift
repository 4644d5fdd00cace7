internal import ElasticsearchClient
internal import Engines
package import JSON
internal import Time

/// A backup as `show -o json` prints it and `GET /actuator/backups/{id}` answers it: Optimize's own object and more keys.
extension Backup: JSONWritable {
    package var json: JSONValue {
        [
            "backupId": id.json, "failureReason": failureReason.json, "state": state.rawValue.json,
            "details": isBrief ? [] : parts.json,
            "jobs": jobs.json, "dueTime": (metadata?.due?.time.rfc3339).json,
            "startTime": (startTime?.rfc3339).json, "endTime": (endTime?.rfc3339).json,
            "durationSeconds": (duration?.seconds).json,
            "sizeInBytes": (size?.total).json, "incrementalSizeInBytes": (size?.incremental).json,
            "version": version.json, "progress": progress.json,
            "indices": countingParts.reduce(0) { $0 + $1.indices.count }.json,
            "held": (hold != nil).json, "holdReason": (hold?.reason).json, "heldBy": (hold?.by).json,
            "holdUntil": (hold?.expiry?.rfc3339).json, "cluster": cluster.json,
            "restorable": (restorability?.isRestorable).json, "notRestorableReason": (restorability?.reason).json,
            "verificationKind": (verification?.verification?.kind.rawValue).json,
            "verificationOutcome": (verification?.verification?.outcome?.rawValue).json,
            "verificationTime": (verification?.date.rfc3339).json,
        ]
    }

    /// From part 1's start to the last part's end; nil where a part tells neither.
    package var duration: Duration? {
        guard let startTime, let endTime, countingParts.allSatisfy({ $0.startTime != nil }) else { return nil }
        return endTime - startTime
    }
}

extension BackupID: JSONWritable {
    /// A number where it can be, as Optimize 3.10 and later write it, else text.
    package var json: JSONValue { number?.json ?? .string(description) }

    /// The same of a text that may be no id at all.
    package static func json(of text: String) -> JSONValue { BackupID(unchecked: text).json }
}

extension Part: JSONWritable {
    package var json: JSONValue {
        [
            "snapshotName": name.description.json, "state": state.name.json,
            "startTime": (startTime?.optimizeTime).json, "failures": failures.json,
            "endTime": (endTime?.optimizeTime).json, "indices": indices.sorted().json,
        ]
    }
}

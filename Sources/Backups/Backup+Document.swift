internal import ElasticsearchClient
internal import Time

/// A backup as `show -o json` prints it and `GET /actuator/backups/{id}` answers it: Optimize's own object and more keys.
///
/// Absent values are written as null, so that every key is always there.
extension Backup: Encodable {
    private enum Key: String, CodingKey {
        case backupId, failureReason, state, details
        case jobs, dueTime, startTime, endTime, durationSeconds, sizeInBytes, incrementalSizeInBytes, version, progress
        case indices, held, holdReason, cluster
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(id, forKey: .backupId)
        try container.encode(failureReason, forKey: .failureReason)
        try container.encode(state.rawValue, forKey: .state)
        try container.encode(isBrief ? [] : parts, forKey: .details)
        try container.encode(jobs, forKey: .jobs)
        try container.encode(metadata?.due?.time.rfc3339, forKey: .dueTime)
        try container.encode(startTime?.rfc3339, forKey: .startTime)
        try container.encode(endTime?.rfc3339, forKey: .endTime)
        try container.encode(duration?.seconds, forKey: .durationSeconds)
        try container.encode(size?.total, forKey: .sizeInBytes)
        try container.encode(size?.incremental, forKey: .incrementalSizeInBytes)
        try container.encode(version, forKey: .version)
        try container.encode(progress, forKey: .progress)
        try container.encode(countingParts.reduce(0) { $0 + $1.snapshot.indices.count }, forKey: .indices)
        try container.encode(hold != nil, forKey: .held)
        try container.encode(hold?.reason, forKey: .holdReason)
        try container.encode(cluster, forKey: .cluster)
    }

    /// From part 1's start to the last part's end; nil where a part tells neither.
    package var duration: Duration? {
        guard let startTime, let endTime, countingParts.allSatisfy({ $0.snapshot.startTime != nil }) else { return nil }
        return endTime - startTime
    }
}

extension BackupID: Encodable {
    /// A number where it can be, as Optimize 3.10 and later write it, else text.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let number { try container.encode(number) } else { try container.encode(description) }
    }
}

extension Part: Encodable {
    private enum Key: String, CodingKey {
        case snapshotName, state, startTime, failures, endTime, indices
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(snapshot.name, forKey: .snapshotName)
        try container.encode(snapshot.state.name, forKey: .state)
        try container.encode(snapshot.startTime?.optimizeTime, forKey: .startTime)
        try container.encode(snapshot.failures, forKey: .failures)
        try container.encode(snapshot.endTime?.optimizeTime, forKey: .endTime)
        try container.encode(snapshot.indices.sorted(), forKey: .indices)
    }
}

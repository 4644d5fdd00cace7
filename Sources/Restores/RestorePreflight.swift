internal import Backups
internal import ElasticsearchClient
internal import Engines
internal import Text
internal import Time

/// Finds all that is in the way of a restore, at once; pure.
struct RestorePreflight {
    private let request: RestoreRequest
    private let findings: RestoreFindings
    private var plan: RestorePlan

    /// - Parameter plan: which knows the parts, and nothing else yet.
    init(_ request: RestoreRequest, _ findings: RestoreFindings, plan: RestorePlan) {
        self.request = request
        self.findings = findings
        self.plan = plan
    }

    mutating func judged() -> RestorePlan {
        lookAtMarkers()
        lookAtBackup()
        lookAtVersions()
        lookAtIndices()
        lookAtAliases()
        lookAtActivity()
        lookAtRoom()
        lookAtRights()
        return plan
    }

    private mutating func object(_ kind: RestoreObstacle.Kind, _ message: String, _ names: [String] = []) {
        plan.obstacles.append(RestoreObstacle(kind, message, names: names))
    }

    // MARK: - Who restores

    private mutating func lookAtMarkers() {
        plan.writesMarker = plan.renaming == nil && findings.whyNoMarker == nil
        let uuids = plan.parts.map(\.uuid)
        let (own, others) = (
            findings.markers.restores.filter { $0.subject == plan.id.description && $0.note?.parts == uuids },
            findings.markers.restores.filter { $0.subject != plan.id.description || $0.note?.parts != uuids }
        )
        if let other = others.first {
            object(
                .restoreRunning,
                "a restore of \(other.subject) is under way\(other.byAndReason); if that is not so, 'optimize-backup markers remove "
                    + "\(other.name)' lifts it", [other.name.description])
        }
        // Who began again and gave way to another may have left a newer one, that tells of less.
        let furthest = own.max { ($0.phase.order, $0.name.number) < ($1.phase.order, $1.name.number) }
        if plan.renaming == nil, let newest = furthest {
            plan.continued = newest
            plan.interrupted = own.map(\.name)
            if !findings.isInterrupted && !request.takesOver {
                object(
                    .restoreRunning,
                    "this very restore was begun\(newest.byAndReason), and nobody can tell from here whether it still runs: once it "
                        + "surely does not, --take-over goes on with it", [newest.name.description])
            }
        }
        if plan.renaming == nil, let why = findings.whyNoMarker, !request.goesWithoutMarker {
            object(
                .marker,
                "no marker can keep backups from beginning meanwhile: \(why); see to it that none does, and give --without-marker"
            )
        }
        if plan.writesMarker { plan.held = [plan.id] + findings.newer.map(\.id) }
    }

    // MARK: - What is restored

    private mutating func lookAtBackup() {
        let backup = findings.backup
        plan.obstacles += BackupFlaws(backup, findings.contents).obstacles
        if let reason = backup.restorability?.reason { object(.engineVersion, "this engine refuses it: \(reason)") }
        if backup.restorability == .unknown {
            plan.warnings.append("whether this engine can restore what stands in it can't be told by versions")
        }
    }

    private mutating func lookAtVersions() {
        guard plan.renaming == nil, plan.phase != .restoring else { return }
        guard let version = findings.optimizeVersion else { return }
        guard version != plan.version.lowercased() else { return }
        if request.optimizeVersion?.lowercased() == plan.version.lowercased() {
            plan.warnings.append(
                "Optimize \(version) has written what stands; Optimize \(plan.version) is to be started")
            return
        }
        object(
            .optimizeVersion,
            "Optimize is \(version) here, and the backup is of \(plan.version), which only Optimize \(plan.version) opens: to start that "
                + "one afterwards, give --optimize-version \(plan.version)")
    }

    // MARK: - What stands

    private mutating func lookAtIndices() {
        let standing = findings.standing
        if !standing.hidden.isEmpty {
            object(
                .indicesHidden, "the engine's user may not see all indices of the prefix: widen its role",
                standing.hidden)
        }
        let all = (standing.firstPart + standing.secondPart + standing.uncovered).sorted()
        guard plan.renaming == nil else {
            let targets = Set(plan.targets)
            let taken = all.filter(targets.contains)
            if !taken.isEmpty {
                object(.indicesInTheWay, "indices of those names are there: delete them, or take another prefix", taken)
            }
            return
        }
        let bases = Set(plan.targets.compactMap { IndexSelection.baseName(of: $0, prefix: findings.prefix) })
        let (inTheWay, others) = (
            all.filter { IndexSelection.baseName(of: $0, prefix: findings.prefix).map(bases.contains) ?? false },
            all.filter { !(IndexSelection.baseName(of: $0, prefix: findings.prefix).map(bases.contains) ?? false) }
        )
        let named = others.filter(request.alsoDelete.contains)
        let left = others.filter { !request.alsoDelete.contains($0) }
        // What is missing of the backup may have had them.
        if !left.isEmpty, !plan.obstacles.contains(where: { $0.kind == .partMissing }) {
            object(
                .otherIndices,
                "indices of the prefix that the backup has none of would be mixed with it: if they are this Optimize's, each has to be named by "
                    + "--also-delete", left)
        }
        guard plan.phase != .restoring else {
            lookAtReturned(inTheWay, named)
            return
        }
        if !inTheWay.isEmpty, !request.replacesExisting {
            object(
                .indicesInTheWay,
                "\(inTheWay.count.of("index", "indices")) of what is to be restored \(inTheWay.count == 1 ? "is" : "are") there: "
                    + "--replace-existing deletes \(inTheWay.count == 1 ? "it" : "them") first", inTheWay)
        }
        if request.replacesExisting { plan.deleted = inTheWay + named }
        lookAtLost(standing.uncovered.filter(plan.deleted.contains), "what is not named as Optimize names its indices")
        plan.writeState = WriteState(of: plan.deleted, in: findings)
        let note = plan.continued?.note
        if plan.deleted.isEmpty {
            plan.safetyBackup = note?.safetyBackup
        } else if let begun = plan.begun {
            let found = findings.safetyBackups.first { $0.startTime.map { $0 >= begun } ?? false }
            plan.safetyBackup = note?.safetyBackup ?? found?.id
        }
        plan.takesSafetyBackup = request.takesSafetyBackup && !plan.deleted.isEmpty && plan.safetyBackup == nil
    }

    /// What an interrupted run has brought back stays; nothing else may be there.
    private mutating func lookAtReturned(_ standing: [String], _ named: [String]) {
        let targets = Set(plan.targets)
        let since = standing.filter { index in
            guard targets.contains(index) else { return true }
            guard let begun = plan.begun, let created = findings.creationDates[index] else { return false }
            return created >= begun
        }
        if !since.isEmpty {
            object(
                .indicesMadeSince,
                "indices were made since the restore was interrupted: stop Optimize, and begin anew after 'optimize-backup markers remove "
                    + "\(plan.continued?.name.description ?? "")'", since)
        }
        if request.replacesExisting { plan.deleted = named }
        lookAtLost(plan.deleted, "what came while half of it was restored")
        plan.writeState = WriteState(of: plan.deleted, in: findings)
        plan.safetyBackup = plan.continued?.note?.safetyBackup
    }

    /// What would be deleted, and stand in no backup.
    private mutating func lookAtLost(_ indices: [String], _ what: String) {
        guard !indices.isEmpty, request.takesSafetyBackup else { return }
        object(
            .otherIndices, "no safety backup can hold \(what): see to these by hand, or give --no-safety-backup",
            indices)
    }

    private mutating func lookAtAliases() {
        guard plan.renaming == nil else { return }
        let (targets, gone) = (Set(plan.targets), Set(plan.deleted))
        let wanted = Set(
            targets.compactMap { IndexSelection.baseName(of: $0, prefix: findings.prefix) }
                .map { "\(findings.prefix)-\($0)" })
        var found: [String] = []
        for (index, aliases) in findings.aliases.sorted(by: { $0.key < $1.key }) where !gone.contains(index) {
            if wanted.contains(index) { found.append("\(index), which is an index") }
            for alias in aliases.sorted() {
                if targets.contains(alias) { found.append("\(alias), an alias of \(index)") }
                // What stays under a name of the backup is either its own, or in the way already.
                let isOwn = IndexSelection.baseName(of: index, prefix: findings.prefix) != nil
                if wanted.contains(alias), !isOwn { found.append("\(alias), an alias of \(index)") }
            }
        }
        if !found.isEmpty { object(.aliases, "names that Optimize finds its indices by are taken: remove them", found) }
    }

    // MARK: - What happens meanwhile

    private mutating func lookAtActivity() {
        if plan.renaming == nil, !findings.written.isEmpty {
            object(
                .optimizeWrites, "something writes to the indices: stop every Optimize that uses them", findings.written
            )
        }
        // While the marker of an interrupted run stands, nothing begins but the backup that it wants itself.
        let open = plan.begun.flatMap { begun in
            findings.backupsUnderWay.first { $0.metadata?.due == nil && ($0.startTime.map { $0 >= begun } ?? false) }
        }
        plan.openSafetyBackup = open?.id
        let running = findings.snapshotsUnderWay.filter { snapshot in
            !(open?.parts.contains { snapshot.hasSuffix("/\($0.name)") } ?? false)
        }
        if !running.isEmpty { object(.snapshotRunning, "a snapshot runs: wait until it has ended", running) }
        let others = findings.backupsUnderWay.map(\.id).filter { $0 != open?.id }.map(\.description)
        if !others.isEmpty {
            object(
                .snapshotRunning, "a backup is being taken: wait until it has ended, or cancel it", others)
        }
        // What an interrupted run has ordered comes back by itself.
        let foreign = plan.phase == .restoring ? [] : findings.recovering
        if !foreign.isEmpty {
            object(.restoreRunning, "indices come out of a snapshot now: wait until they have, or delete them", foreign)
        }
    }

    private mutating func lookAtRoom() {
        if let limits = request.drill {
            plan.obstacles += DrillRoom(limits, findings, plan).obstacles
            return
        }
        guard let capacity = findings.capacity else {
            plan.warnings.append("whether nodes, disks and shards suffice can't be told: our user may not ask")
            return
        }
        guard !capacity.nodes.isEmpty else {
            object(.nodes, "no node of the cluster takes indices")
            return
        }
        let left =
            plan.phase == .restoring ? Set(findings.primaries.filter { $0.value.allSatisfy(\.isActive) }.keys) : []
        if capacity.nodes.count == 1 {
            plan.warnings.append("there is one node: replicas have none to be on, so that indices are yellow")
        }
        // Nobody can tell how many replicas indices have that stand in a snapshot: Optimize gives them one.
        let copies = capacity.nodes.count == 1 ? Int64(1) : 2
        let freed = plan.deleted.reduce(Int64(0)) { $0 + (findings.statistics[$1]?.bytes ?? 0) }
        let bytes = left.isEmpty ? plan.parts.reduce(Int64(0)) { $0 + ($1.bytes ?? 0) } * copies : 0
        if bytes > capacity.roomInBytes + freed {
            object(
                .disk,
                "\(bytes.inBytes) come back, and the nodes take \((capacity.roomInBytes + freed).inBytes) before they reach "
                    + "cluster.routing.allocation.disk.watermark.low: make room, or add nodes",
                capacity.nodes.map(\.name))
        }
        let added = left.isEmpty ? plan.parts.reduce(0) { $0 + ($1.shards ?? 0) } * 2 : 0
        let removed = plan.deleted.reduce(0) { $0 + (findings.statistics[$1]?.sequenceNumbers.count ?? 0) } * 2
        if added - removed > capacity.roomInShards {
            object(
                .shards,
                "up to \(added) shards come back, and there is room for \(capacity.roomInShards + removed): raise cluster.max_shards_per_node "
                    + "(\(capacity.maximumShardsPerNode) now), or add nodes")
        }
    }

    private mutating func lookAtRights() {
        guard !findings.missingRights.isEmpty else { return }
        object(
            .rights,
            "the engine's user lacks rights: grant them, or name one that has them by restore.username and restore.passwordFile",
            findings.missingRights)
    }
}

extension Marker {
    /// As far as it can be read; one that can't stands in the way.
    fileprivate var phase: RestoreNote.Phase { note?.phase ?? .preparing }
}

extension RestoreNote.Phase {
    fileprivate var order: Int {
        switch self {
        case .preparing: 0
        case .clearing: 1
        case .restoring: 2
        }
    }
}

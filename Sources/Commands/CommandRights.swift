package import ElasticsearchClient

/// What the engine's user has to be allowed for a command: the one place that says so, for `check --privileges`, the manual and the tests.
package struct CommandRights: Sendable {
    /// Whose user it is.
    package enum Purpose: Sendable, CaseIterable {
        case look, backUp, restore, replace, restoreRenamed, drill
    }

    /// A right without which the command does what it is for all the same.
    struct Optional: Sendable {
        let operation: EngineOperation
        /// What is missing then.
        let without: String

        init(_ operation: EngineOperation, without: String) {
            self.operation = operation
            self.without = without
        }
    }

    /// As it is typed, with the options that change what it needs.
    package let command: String
    package let purpose: Purpose
    let needed: [EngineOperation]
    let optional: [Optional]

    /// What a role has to allow.
    package var neededActions: Set<EngineAction> { Set(needed.flatMap(\.actions)) }

    /// What it may allow beyond that.
    package var optionalActions: Set<EngineAction> {
        Set(optional.flatMap(\.operation.actions)).subtracting(neededActions)
    }

    /// In the order of the manual.
    package static let all: [CommandRights] = looks + backUps + [daemon] + restores

    private static let looks: [CommandRights] = [
        row("list", .look, look, [clock]), row("show", .look, look, [clock, size]),
        row("wait", .look, look, [clock, size]), row("markers", .look, look, [clock]),
        row("runbook", .look, look, [clock]), verification,
        row(
            "check", .look, look + [.getAlias, .search],
            [
                clock, confirmation, upgrade,
                Optional(.getRepository, without: "whether the repository can be written can't be told"), verify,
            ]),
    ]

    private static let verification = row(
        "verify", .look, look + [.snapshotStatus],
        [
            clock, verify, Optional(.getRepository, without: "whether the repository can be written can't be told"),
            Optional(.createSnapshot, without: "what a verification came to is not written into the repository"),
            Optional(.verifyIntegrity, without: "the engine's own check of the repository is left out"),
        ])

    private static let backUps: [CommandRights] = [
        row("create", .backUp, repository + [.createSnapshot, .getAlias, .search], create),
        row("delete", .backUp, look + [.deleteSnapshot], [clock]),
        row("cancel", .backUp, repository + [.createSnapshot, .deleteSnapshot], [clock]),
        row("prune", .backUp, look + [.deleteSnapshot], [clock]),
        row("hold", .backUp, repository + [.createSnapshot], [clock]),
        row("release", .backUp, repository + [.createSnapshot, .deleteSnapshot], [clock]),
        row("pause", .backUp, repository + [.createSnapshot], [clock]),
        row("resume", .backUp, repository + [.createSnapshot, .deleteSnapshot], [clock]),
        row("markers remove", .backUp, [.getSnapshot, .deleteSnapshot], []),
    ]

    /// The daemon does all of that.
    private static let daemon = row(
        "serve", .backUp, backUps.flatMap(\.needed),
        backUps.flatMap(\.optional)
            + [Optional(.indicesStats, without: "what a restore drill brings back is compared with nothing that lives")]
    )

    private static let restores: [CommandRights] = [
        row("restore", .restore, comeBack + written, [room, rooms, clock, verify]),
        row(
            "restore --replace-existing", .replace, comeBack + written + [.deleteIndex],
            [room, rooms, clock, verify]),
        row("restore --rename-prefix", .restoreRenamed, comeBack, [room, rooms, clock]),
        row(
            "verify --drill", .drill,
            look + [
                .snapshotStatus, .getAlias, .getSettings, .indicesStats, .recovery, .clusterState, .nodesStats,
                .clusterHealth, .restoreSnapshot, .search, .deleteIndex,
            ],
            [Optional(.getRepository, without: "a limit of the repository's own is not taken into account")]),
    ]

    private static let look: [EngineOperation] = [.info, .getSnapshot]
    private static let repository = look + [.getRepository]
    private static let comeBack: [EngineOperation] =
        look + [
            .snapshotStatus, .getAlias, .getSettings, .indicesStats, .recovery, .clusterState, .restoreSnapshot,
            .closeIndex,
        ]
    /// What a marker and a backup of what stands take.
    private static let written: [EngineOperation] = [.getRepository, .createSnapshot, .deleteSnapshot, .search]

    private static let clock = Optional(
        .catHealth, without: "the engine's clock can't be read, so that all goes by the host's")
    private static let confirmation = Optional(
        .clusterHealth, without: "whether the user sees all indices can't be confirmed")
    private static let upgrade = Optional(
        .getSettings, without: "whether another version of the engine takes the indices can't be told")
    private static let size = Optional(.snapshotStatus, without: "sizes and progress aren't shown")
    private static let verify = Optional(
        .verifyRepository, without: "whether the storage can be written is told only by what is written")
    private static let room = Optional(
        .nodesStats, without: "whether nodes, disks and shards suffice can't be told")
    private static let rooms = Optional(
        .clusterHealth, without: "whether nodes, disks and shards suffice can't be told")
    private static let create = [
        clock, confirmation, upgrade, size, verify,
        Optional(.recovery, without: "a restore that somebody else has ordered is not waited for"),
        Optional(.deleteSnapshot, without: "what an attempt leaves unfinished stays"),
    ]

    private static func row(
        _ command: String, _ purpose: Purpose, _ needed: [EngineOperation], _ optional: [Optional]
    ) -> CommandRights {
        CommandRights(command: command, purpose: purpose, needed: needed, optional: optional)
    }
}
